"""Pictures with boxes and masks drawn on them, and galleries of pictures, through Pillow."""
