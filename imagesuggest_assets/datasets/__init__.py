"""What is computed: one module a group of datasets, one function a dataset."""
