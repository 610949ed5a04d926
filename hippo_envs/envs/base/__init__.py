"""What every environment on a graph shares: stepping, many worlds as arrays, observations, pictures."""
