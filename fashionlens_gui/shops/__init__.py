"""What goes to shops and comes back: export profiles, checks, files of each platform, images, corrections."""
