"""Who is it: users, passwords, sessions, authorization codes and the claims of users."""
