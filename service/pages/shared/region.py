"""The region of the application at hand: its places, and who helps there."""

from __future__ import annotations

from matcher.region import Region
from service.running import Carried

current_region: Carried[Region] = Carried("region")
