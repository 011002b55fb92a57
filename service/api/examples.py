"""A question, its answer and a refusal, small enough to read; tests hold them to their schemas."""

from __future__ import annotations

PROFILE: dict[str, object] = {
    "employees": 38,
    "sector": "F",
    "sbi_version": "2008",
    "needs": ["inwerken", "digitaal"],
    "staffing_pressure": "zeer_krap",
    "province": "drenthe",
    "hr_function": "erbij",
}

QUESTION: dict[str, object] = {
    "profile": PROFILE,
    "constraints": {"exclude": ["bbl"], "max_hours_per_participant": 16},
    "limit": 1,
}

ANSWER: dict[str, object] = {
    "id": "5f0c1e7a9b2d4c6e8f1a3b5c7d9e0f12",
    "model": {
        "version": "20260503T101500Z-1a2b3c4d",
        "trials": 131,
        "companies": 90,
        "simulated": True,
        "expert_only": False,
    },
    "menu": {"version": "2026.3"},
    "known_case": "seen",
    "ranking": [
        {
            "rank": 1,
            "intervention": "mentor-buddy",
            "name": "Mentor of buddy",
            "expected_gain": {"mean": 0.12, "low": 0.02, "high": 0.22, "level": 0.8},
            "p_started": 0.74,
            "p_completed": 0.71,
            "p_top3": 0.46,
            "tied_with": ["leermeester"],
            "evidence": 2,
            "comparable_trials": 9,
            "hours_off_job": {"min": 10, "max": 25},
            "hours_key_person": None,
            "cost_band": 0,
            "cost_band_max": 1,
            "lead_weeks": {"min": 1, "max": 2},
            "capacity": 0,
            "goes_with": [],
            "reasons": [
                {
                    "code": "need_match",
                    "text": "Dit past bij uw vraag om nieuwe mensen in te werken.",
                    "effect": 0.05,
                    "source": "expert",
                }
            ],
            "warnings": [],
        }
    ],
    "not_suitable": [
        {
            "intervention": "bbl",
            "name": "BBL",
            "condition": "exclude",
            "text": "U wilde deze aanpak niet zien.",
            "nearest_change": {},
        }
    ],
    "baseline_order": ["mentor-buddy", "leermeester"],
    "notices": ["Dit advies berust op nagebootste gegevens."],
}

REFUSAL: dict[str, object] = {
    "type": "urn:problem-type:leermatch:invalid-input",
    "title": "De vraag klopt niet",
    "status": 400,
    "detail": "Aantal dingen dat niet klopt: 1. Bij errors staat wat er mis is en wat u kunt doen.",
    "instance": "urn:uuid:56552585-1cc8-49f5-a590-bbd3a7e6c275",
    "errors": [
        {
            "in": "body",
            "pointer": "/profile/employees",
            "code": "too_small",
            "detail": "0 is te weinig: het minste is 1.",
        }
    ],
}

BATCH: dict[str, object] = {
    "profiles": [
        {"id": "bouw-17", "profile": PROFILE},
        {"id": "bakker-1", "profile": {**PROFILE, "sector": "V"}},
    ],
    "constraints": QUESTION["constraints"],
    "limit": 1,
}

BATCH_ANSWER: dict[str, object] = {
    "answers": [
        {"id": "bouw-17", "question_id": ANSWER["id"]}
        | {name: value for name, value in ANSWER.items() if name != "id"},
        {
            "id": "bakker-1",
            "problem": REFUSAL
            | {
                "errors": [
                    {
                        "in": "body",
                        "pointer": "/profiles/1/profile/sector",
                        "code": "unknown_sector",
                        "detail": (
                            "Sector 'V' bestaat niet in SBI 2008. "
                            "Kies een letter van A tot en met U."
                        ),
                    }
                ]
            },
        },
    ]
}

EXAMPLES = {
    "/recommendations": (QUESTION, ANSWER),
    "/recommendation-batches": (BATCH, BATCH_ANSWER),
}
"""Address -> a question that can be posted there, and its answer."""
