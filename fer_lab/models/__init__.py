"""Networks, one architecture a file, and the weights that they start from."""
