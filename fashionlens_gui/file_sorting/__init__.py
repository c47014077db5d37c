"""Photos are copied or moved into folders by their tags."""
