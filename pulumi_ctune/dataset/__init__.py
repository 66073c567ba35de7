"""The lookup of a dataset in Cloud Storage that the program does not manage."""
