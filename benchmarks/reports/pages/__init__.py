"""Generated pages of the documentation, and tables between markers."""
