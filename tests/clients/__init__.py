"""Google's own clients, generated from the protos and for other languages, drive the emulator: `make clients`."""
