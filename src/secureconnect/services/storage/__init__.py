"""Uploads, files and quotas."""
