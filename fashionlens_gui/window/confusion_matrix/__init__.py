"""The confusion matrix as a clickable heatmap. Knows counts and class names only."""
