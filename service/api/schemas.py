"""The form of every answer, for the documentation and for the tests that hold the answers to it.

Answers are not built through these classes: that would cost more than ranking does.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from matcher.menu.facts import Certainty, Kind
from matcher.menu.schema import Direction, EvidenceDirection, Operator, Place
from matcher.vocabulary import SectorGroup, SuccessMeasure

Probability = Annotated[float, Field(ge=0, le=1)]
CostBand = Annotated[int, Field(ge=0, le=4)]
InterventionId = Annotated[
    str, Field(description="id van een aanpak op de menukaart", examples=["leermeester"])
]


class Answer(BaseModel):
    """Anything told: what is not named here is not in it."""

    model_config = ConfigDict(extra="forbid")


class Amount(Answer):
    """Van een kleinste tot een grootste hoeveelheid."""

    min: float
    max: float | None = Field(description="null is nog niet bekend")


class ExpectedGain(Answer):
    """Verwachte verbetering van de leercultuur, in punten op de schaal van 1 tot 6."""

    mean: float = Field(description="verwachting, ook gerekend dat een aanpak niet start of stopt")
    low: float = Field(description="ondergrens")
    high: float = Field(description="bovengrens")
    level: Probability = Field(description="kans dat de waarheid tussen de grenzen ligt")


class Reason(Answer):
    """Een deel van de verwachting, in woorden."""

    code: str = Field(description="soort reden")
    text: str = Field(description="de reden in een zin")
    effect: float = Field(description="deel van de verwachting, in punten")
    source: Literal["expert", "literature", "outcomes"] = Field(
        description="inschatting vooraf, onderzoek of uitkomsten van bedrijven"
    )


class Caution(Answer):
    """Iets om eerst na te kijken."""

    code: str
    field: str | None = Field(description="veld van het profiel waar het om gaat")
    text: str


class RankedIntervention(Answer):
    """Een aanpak op zijn plaats in de volgorde."""

    rank: int = Field(ge=1)
    intervention: InterventionId
    name: str
    expected_gain: ExpectedGain
    p_started: Probability = Field(description="kans dat het start, als ervoor gekozen wordt")
    p_completed: Probability = Field(description="kans dat het wordt afgemaakt, als het start")
    p_top3: Probability = Field(description="kans dat dit bij de drie beste hoort")
    tied_with: list[InterventionId] = Field(
        description="aanpakken die we hier niet van kunnen onderscheiden"
    )
    evidence: int = Field(ge=0, le=5, description="hoe sterk het onderzoek is, 0 tot 5")
    comparable_trials: int = Field(
        ge=0,
        description="eerdere proeven die hierop lijken; 0 zijn er geen, of te weinig om te tellen",
    )
    hours_off_job: Amount | None = Field(
        description="uren weg van het werk per gewone deelnemer; null is nog niet bekend"
    )
    hours_key_person: Amount | None = Field(
        description="uren voor een sleutelpersoon, zoals een ambassadeur of coach"
    )
    cost_band: CostBand = Field(description="kosten vanaf: 0 niets, 4 boven 15.000 euro")
    cost_band_max: CostBand | None = Field(description="kosten tot en met; null is niet bekend")
    lead_weeks: Amount = Field(description="weken van ja tot het begin")
    capacity: int = Field(ge=-2, le=2, description="2 verlicht de bezetting, -2 vraagt er veel van")
    goes_with: list[InterventionId] = Field(description="aanpakken die dit mogelijk maken")
    reasons: list[Reason]
    warnings: list[Caution]


class NotSuitable(Answer):
    """Een aanpak die nu niet past, en wat er nodig is om dat te veranderen."""

    intervention: InterventionId
    name: str
    condition: str = Field(description="voorwaarde of beperking die niet klopt")
    text: str
    nearest_change: dict[str, Any] = Field(
        description="kleinste verandering waardoor het wel past; leeg als die er niet is"
    )


class NextAnswer(Answer):
    """Een mogelijk antwoord en de drie aanpakken die dan vooraan staan."""

    value: Any
    top3: list[InterventionId]


class NextQuestion(Answer):
    """Een open vraag waarvan het antwoord de eerste drie kan veranderen."""

    field: str
    answers: list[NextAnswer]


class ModelOfAnswer(Answer):
    """Het model achter een antwoord."""

    version: str
    trials: int = Field(ge=0, description="proeven waarvan het model leerde; 0 bij 1 tot 4")
    companies: int = Field(ge=0, description="bedrijven waarvan het model leerde; 0 bij 1 tot 4")
    simulated: bool = Field(description="geleerd van nagebootste gegevens, niet van bedrijven")
    expert_only: bool = Field(description="nog geen uitkomsten: alleen de inschatting vooraf")


class MenuOfAnswer(Answer):
    """De menukaart achter een antwoord."""

    version: str


class RecommendationAnswer(Answer):
    """De menukaart op volgorde voor één bedrijf."""

    id: str = Field(
        pattern=r"^[0-9a-f]{32}$",
        description="kenmerk van profiel, beperkingen, model en menukaart: dezelfde vraag heeft "
        "hetzelfde id",
    )
    model: ModelOfAnswer
    menu: MenuOfAnswer
    known_case: Literal["seen", "near", "outside"] = Field(
        description="hoe goed we bedrijven als dit kennen"
    )
    ranking: list[RankedIntervention]
    not_suitable: list[NotSuitable]
    baseline_order: list[InterventionId] = Field(
        description="volgorde op leervragen alleen, zoals met de hand kan"
    )
    notices: list[str] = Field(description="wat de lezer van dit antwoord moet weten")
    ask_next: list[NextQuestion] | None = Field(
        None, description="alleen als erom gevraagd is: vragen die de eerste drie veranderen"
    )


class Condition(Answer):
    """Een voorwaarde van een kaart."""

    id: str
    field: str
    operator: Operator
    value: Any
    effect: Literal["exclude", "warn"]
    text: str
    unknown: str | None = Field(description="wat we zeggen als het antwoord niet bekend is")


class Success(Answer):
    """Wat van de uitkomsten als gelukt telt, vastgelegd voor die er zijn."""

    measure: SuccessMeasure
    at_least: float | None = Field(description="ondergrens in de eenheid van de maat")


class FactSource(Answer):
    """Waar een feit vandaan komt; null als niemand het opschreef."""

    title: str | None
    address: str | None


class FactWindow(Answer):
    """Van en tot en met welke dag een subsidie aan te vragen is."""

    opens: date
    closes: date


class Fact(Answer):
    """Wat de menukaart zegt van wet, geld, aanbieder of onderzoek, met bron en datum."""

    id: str
    kind: Kind
    text: str
    source: FactSource
    checked: date | None = Field(description="dag waarop het is nagekeken; null is nooit")
    certainty: Certainty
    valid_until: date | None = Field(description="laatste dag waarop het geldt")
    changes_yearly: bool = Field(description="verandert elk jaar: geldt tot en met 31 december")
    last_day: date | None = Field(
        description="vroegste van valid_until, deadline en het eind van het jaar; daarna kan het "
        "verlopen zijn"
    )
    deadline: date | None = Field(description="laatste dag om te doen wat deadline_text zegt")
    deadline_text: str | None
    windows: list[FactWindow]
    ask: str | None = Field(description="bij wie het na te vragen is")
    region: list[str] = Field(description="provincies of arbeidsmarktregio's; leeg is overal")
    warns: bool = Field(description="lees dit voordat u de aanpak kiest")


class InterventionCard(Answer):
    """Een kaart van het menu; wat null is, is er niet of staat bij unknown."""

    id: InterventionId
    status: str = Field(description="concept zolang de kaart niet is vastgesteld")
    name: str
    summary: str
    description: str
    first_step: str = Field(description="morgen beginnen")
    roles: str = Field(description="wie wat doet")
    form: list[str]
    delivery: list[str]
    place: Place
    direction: Direction
    internal_coach: bool | None
    level: list[str]
    needs: list[str]
    dimensions: list[str] = Field(description="onderdelen van een lerende organisatie")
    lead_weeks: Amount
    duration_months: Amount | None
    hours_off_job: Amount | None
    hours_key_person: Amount | None
    time_note: str | None = Field(description="wat de getallen over tijd niet zeggen")
    cost_band: CostBand
    cost_band_max: CostBand | None
    min_employees: int
    capacity: int
    capacity_later: int | None
    grant_window: bool
    evidence: int
    evidence_direction: EvidenceDirection
    study: str = Field(description="een release lang nog: met de feiten over onderzoek")
    providers: list[str]
    money: str = Field(description="een release lang nog: met de feiten over geld")
    enabler: bool = Field(
        description="maakt andere aanpakken mogelijk en staat niet in de volgorde"
    )
    goes_with: list[InterventionId]
    excludes: list[InterventionId]
    legal_warning: str | None = Field(
        description="een release lang nog: de feiten met warns, als één tekst"
    )
    facts: list[Fact]
    updated_at: date | None = Field(description="laatste dag waarop een feit is nagekeken")
    conditions: list[Condition]
    success_measure: str = Field(description="waaraan een bedrijf merkt dat het werkt")
    success: Success
    marks: dict[str, str] = Field(description="waar een waarde vandaan komt")
    unknown: list[str] = Field(description="wat nog niemand weet; een bovengrens met .max erachter")


class InterventionList(Answer):
    """De hele menukaart, op volgorde."""

    version: str
    status: str
    updated_at: date | None = Field(description="laatste dag waarop een feit is nagekeken")
    interventions: list[InterventionCard]
    sources: dict[str, str] = Field(description="bronnen achter de waarden")


class Label(Answer):
    """Een naam in twee talen."""

    nl: str
    en: str


class Term(Answer):
    """Een waarde van een gesloten lijst."""

    id: str | bool
    label: Label


class Bounds(Answer):
    """Grenzen van een veld: van de waarde, of van het aantal waarden."""

    min: float | None = None
    max: float | None = None
    min_items: int | None = None
    max_items: int | None = None


class ProfileField(Answer):
    """Een veld van het profiel."""

    name: str
    label: Label
    required: bool
    list: str | None = Field(description="naam van de gesloten lijst, als die er is")
    bounds: Bounds | None


class Section(Answer):
    """Een sectie van de Standaard Bedrijfsindeling."""

    letter: str
    label: Label
    group: SectorGroup
    elsewhere: list[str] = Field(description="letters in de andere indeling")


class SizeClass(Answer):
    """Een grootteklasse."""

    id: str
    label: Label
    min: int
    max: int | None


class Vocabulary(Answer):
    """Alle velden van een profiel en hun waarden."""

    fields: list[ProfileField]
    lists: dict[str, list[Term]]
    size_classes: list[SizeClass]
    sme_limit: int = Field(description="vanaf dit aantal mensen is een bedrijf geen mkb meer")
    sbi: dict[Literal["2008", "2025"], list[Section]]


class LiveModel(ModelOfAnswer):
    """Het model dat nu antwoordt."""

    alias: Literal["live"]
    created: datetime | None = Field(description="null als alleen de inschatting vooraf antwoordt")
    shows_differences: bool = Field(
        description="de uitkomsten zelf laten verschil tussen aanpakken zien"
    )
    menu: MenuOfAnswer


class ProblemFault(Answer):
    """Een fout in de vraag."""

    in_: str = Field(alias="in", description="body, path, query of header", examples=["body"])
    pointer: str = Field(description="JSON pointer naar het veld", examples=["/profile/employees"])
    code: str = Field(examples=["too_small"])
    detail: str


class Problem(Answer):
    """Waarom er geen antwoord is, volgens RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    instance: str = Field(description="kenmerk van deze aanroep, ook in het logboek")
    errors: list[ProblemFault] | None = Field(None, description="alle fouten in de vraag")
    warnings: list[ProblemFault] | None = Field(
        None,
        description="wat vreemd is en misschien klopt; stuur dan accept_warnings: true mee",
    )
