"""Photos of one product belong together: grouping, one tag set for a product, tables from the shop."""
