"""What auth allows and how long its things last, each with its unit in its name."""

from dataclasses import dataclass
from typing import Literal

Registration = Literal["open", "invite", "closed"]

DAY_MS = 24 * 3600 * 1000


@dataclass(frozen=True)
class AuthLimits:
    """The settings of auth as its nouns see them."""

    registration: Registration = "invite"
    access_token_s: int = 600
    refresh_idle_days: int = 30
    refresh_max_days: int = 180
    sessions_per_account_max: int = 50
    invite_days_max: int = 30
    invites_per_account_max: int = 100
    invite_uses_max: int = 500
    first_admin_s: int = 86_400
    reset_s: int = 600
    admin_reset_s: int = 86_400
    address_check_s: int = 86_400
    admin_confirm_s: int = 600
    password_length_min: int = 8
    password_length_max: int = 256
    argon2_memory_kib: int = 19_456
    argon2_time_cost: int = 2
    argon2_parallelism: int = 1
    argon2_threads: int = 2
    argon2_queue_max: int = 256
    argon2_wait_s: float = 10.0
    picture_bytes_max: int = 8 * 1_048_576
    friends_max: int = 5000
    blocks_max: int = 5000
