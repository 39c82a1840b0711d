"""`python -m secureconnect` is the command line."""

from secureconnect.cli import main

if __name__ == "__main__":
    main()
