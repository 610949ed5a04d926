"""Measured files: the cost of environments and updates, and floors and ceilings."""
