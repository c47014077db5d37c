"""All corrections of people, in a database that outlives the lists of photos."""
