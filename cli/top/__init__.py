"""What `authplane top` is made of."""
