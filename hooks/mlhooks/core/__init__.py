"""What every hook shares. Knows no hook."""
