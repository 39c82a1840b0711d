"""The one public door: routing, admission, limits, the page and the API document."""
