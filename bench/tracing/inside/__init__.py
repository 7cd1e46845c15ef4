"""The part of the measurement that runs inside the product."""

import django

django.setup()
