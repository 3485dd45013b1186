"""What is measured, beside what it is measured against. Each file runs alone; all.py runs all."""
