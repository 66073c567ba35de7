"""The run at Google, against an emulator that stands for Google."""
