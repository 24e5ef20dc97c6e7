"""What is seen from outside: metrics, logs, and the admin port that serves them."""
