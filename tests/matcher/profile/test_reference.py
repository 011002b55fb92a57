"""The reference companies span what companies differ in."""

from collections import Counter

import pytest

from matcher.profile.reference import reference_companies
from matcher.vocabulary import NEEDS, PRESSURES, SECTOR_GROUPS, SIZE_CLASSES, TERMS, size_class

PROFILES = [company.profile for company in reference_companies()]


def test_there_are_25_and_no_two_are_alike():
    assert len(PROFILES) == 25
    assert len({profile.model_dump_json() for profile in PROFILES}) == 25
    assert len({company.id for company in reference_companies()}) == 25


@pytest.mark.parametrize(
    ("values", "known"),
    [
        ([p.sector_group for p in PROFILES], SECTOR_GROUPS),
        ([size_class(p.employees) for p in PROFILES], SIZE_CLASSES),
        ([p.province for p in PROFILES], TERMS["province"]),
        ([p.staffing_pressure for p in PROFILES], PRESSURES),
        ([need for p in PROFILES for need in p.needs], NEEDS),
        ([p.share_practical for p in PROFILES], ("laag", "midden", "hoog", None)),
        ([p.recognised_training_company for p in PROFILES], (True, None)),
    ],
    ids=["sector", "size", "province", "pressure", "need", "practical", "recognised"],
)
def test_every_value_occurs_and_none_rules(values, known):
    counted = Counter(values)
    assert set(counted) == set(known)
    assert max(counted.values()) <= 20


def test_a_name_says_how_many_people_and_where():
    for company in reference_companies():
        _, people, province = company.id.rsplit("-", 2)
        assert int(people) == company.profile.employees
        assert province == company.profile.province
