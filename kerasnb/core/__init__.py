"""The toolkit without a screen: nothing in here knows of notebooks, widgets or plots."""
