"""What every service on the web does alike; nothing here knows what is served."""
