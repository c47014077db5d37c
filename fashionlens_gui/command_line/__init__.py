"""What the commands of ``fashionlens`` do. No Qt; torch is imported only once a command needs it."""
