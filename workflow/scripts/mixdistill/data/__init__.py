"""Data as users have it: read by one typed reader, so that nothing is taken for what it is not."""
