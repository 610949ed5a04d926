"""What environments and updates cost, and what floors and ceilings are: measured files."""
