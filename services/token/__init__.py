"""What may it do: tokens are issued, rotated, checked and revoked here."""
