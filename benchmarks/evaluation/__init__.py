"""What an agent answers on walks, what its units do, and how sure a number is."""
