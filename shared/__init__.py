"""What both services, the gateway and the command line stand on."""
