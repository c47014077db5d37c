"""Past trainings: table and charts."""
