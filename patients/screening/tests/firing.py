"""For every rule of version 1 a request in which it holds, and the days on which it just does not."""

from typing import Any

from patients.screening.tests.cases import request, with_allergies, with_medicines

TXA = "tranexamic_acid"


def cocktail(*ingredients: str, mg: float | None = None, excipients: tuple[str, ...] = ()) -> Any:
    dose = {} if mg is None else {"mg": mg}
    return [
        {"ingredient": name, "product_excipients": list(excipients), **dose} for name in ingredients
    ]


def said(**answers: Any) -> dict[str, Any]:
    return request(answers=answers)


def taking(*texts: str, answers: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    changed = with_medicines(*texts, **fields)
    changed["answers"].update(answers or {})
    return changed


def planned(*ingredients: str, answers: dict[str, Any] | None = None, **fields: Any) -> Any:
    return request(cocktail=cocktail(*ingredients, **fields), answers=answers)


def creamed(cream: str, **answers: Any) -> dict[str, Any]:
    return request(steps={"antiseptic": "alcohol_70", "anaesthetic_cream": cream}, answers=answers)


def allergic(text: str, *ingredients: str, **fields: Any) -> dict[str, Any]:
    return {**with_allergies(text), "cocktail": cocktail(*ingredients, **fields)}


HAD_CANCER = {"cancer_past": "yes", "melanoma_ever": "no"}
KOEBNER = {"koebner_disease": "yes"}
LUPUS = {"connective_tissue_disease": "yes"}
WHEEZE = {"asthma": "yes"}

# (rule, severity, target, request)
FIRING: list[tuple[str, str, str | None, dict[str, Any]]] = [
    ("R-PREG", "absolute", None, said(pregnant="yes")),
    ("R-PREG", "absolute", None, said(pregnancy_test="positive")),
    ("R-PREG-POSSIBLE", "temporary", None, said(period_late="yes")),
    ("R-PREG-POSSIBLE", "temporary", None, said(trying_to_conceive="yes",
                                                pregnancy_test="negative")),
    ("R-PREG-POSSIBLE", "temporary", None, taking("Gonal-F", status="current")),
    ("R-BREASTFEED", "absolute", None, said(breastfeeding="yes")),
    ("R-POSTPARTUM", "caution", None, said(delivered_on="2026-05-28")),
    ("R-MINOR", "absolute", None, request(born="2010-01-01")),
    ("R-CONSENT", "absolute", None, said(consent_signed="no")),
    ("R-CONSENT", "absolute", None, said(capacity_doubtful="yes")),
    ("R-INFECT-AREA", "temporary", "cheek_left", said(infection_in_area=["cheek_left"])),
    ("R-INFECT-AREA", "temporary", "cheek_left", said(infection_healed_on="2026-11-10")),
    ("R-INFLAM-AREA", "temporary", "cheek_left", said(inflammation_in_area=["cheek_left"])),
    ("R-INFLAM-AREA", "temporary", "cheek_left", said(inflammation_healed_on="2026-11-10")),
    ("R-HSV-ACTIVE", "temporary", "cheek_left", said(herpes_active="yes")),
    ("R-HSV-ACTIVE", "temporary", "cheek_left", said(herpes_healed_on="2026-11-10")),
    ("R-HSV-HISTORY", "caution", "upper_lip",
     request(answers={"herpes_recurrent": "yes"}, area=["upper_lip"])),
    ("R-HSV-HISTORY", "caution", "chin",
     {**taking("Valtrex", status="current"), "area": ["chin"]}),
    ("R-SYSTEMIC-INFECT", "temporary", None, said(fever_last_on="2026-11-17")),
    ("R-SYSTEMIC-INFECT", "temporary", None,
     taking("Augmentin", answers={"antibiotic_for_infection": "yes"}, status="current")),
    ("R-BLEED-DISORDER", "absolute", None, said(bleeding_disorder="yes")),
    ("R-BLEED-DISORDER", "absolute", None, said(platelets=99)),
    ("R-BLEED-QUERY", "caution", None, said(easy_bruising="yes")),
    ("R-ANTICOAG", "absolute", None, said(anticoagulant_now="yes")),
    ("R-ANTICOAG", "absolute", None, taking("Eliquis", status="current")),
    ("R-ANTICOAG", "absolute", None,
     taking("Clexane", status="as_needed", last_taken="2026-09-01")),
    ("R-ANTICOAG-RECENT", "temporary", None,
     taking("Eliquis", status="stopped", last_taken="2026-11-17")),
    ("R-ANTIPLATELET", "relative", None, taking("Plavix", status="current")),
    ("R-ANTIPLATELET", "relative", None, said(antiplatelet_now="yes")),
    ("R-DAPT", "absolute", None, taking("Plavix + Coraspin", status="current")),
    ("R-DAPT", "absolute", None, said(stent_on="2025-11-24")),
    ("R-DAPT", "absolute", None, said(anticoagulant_now="yes", antiplatelet_now="yes")),
    ("R-ASPIRIN-RECENT", "temporary", None, said(aspirin_last_on="2026-11-17")),
    ("R-ASPIRIN-RECENT", "temporary", None,
     taking("Aspirin", status="as_needed", last_taken="2026-11-17")),
    ("R-NSAID-RECENT", "caution", None, said(nsaid_last_on="2026-11-21")),
    ("R-NSAID-RECENT", "caution", None,
     taking("meloxicam", status="stopped", last_taken="2026-11-14")),
    ("R-BLEED-MINOR", "caution", None, said(supplement_7d="yes")),
    ("R-BLEED-MINOR", "caution", None, taking("Depakin", answers={"antiepileptic_for_epilepsy": "no"}, status="current")),
    ("R-ALCOHOL", "caution", None, said(alcohol_24h="yes", intoxicated="no")),
    ("R-ALCOHOL", "temporary", None, said(alcohol_24h="yes", intoxicated="yes")),
    ("R-CANCER-ACTIVE", "absolute", None, said(cancer_now="yes")),
    ("R-CANCER-ACTIVE", "absolute", None,
     taking("Femara", answers={"cancer_drug_for_cancer": "yes"}, status="current")),
    ("R-CANCER-HISTORY", "relative", None,
     said(**HAD_CANCER, cancer_treatment_ended_on="2021-11-24")),
    ("R-CANCER-HISTORY", "caution", None,
     said(**HAD_CANCER, cancer_treatment_ended_on="2021-11-23")),
    ("R-RADIOTHERAPY-AREA", "relative", "cheek_right", said(radiotherapy_area=["cheek_right"])),
    ("R-SUSPECT-LESION", "absolute", "cheek_right", said(spot_changed=["cheek_right"])),
    ("R-SUSPECT-LESION", "absolute", "cheek_right", said(abcde_positive=["cheek_right"])),
    ("R-DX-UNCERTAIN", "relative", "cheek_right", said(diagnosis_unsettled=["cheek_right"])),
    ("R-ALLERGY-INGREDIENT", "absolute", "niacinamide", allergic("B vitamini", "niacinamide")),
    ("R-ALLERGY-INGREDIENT", "absolute", "lidocaine",
     {**planned("lidocaine", answers={"antiseptic_reaction": ["numbing_cream"]}),
      "weight_kg": 60}),
    ("R-ALLERGY-PDRN-FISH", "absolute", "pdrn", allergic("somon", "pdrn")),
    ("R-ALLERGY-SULFITE", "absolute", "amino_acids",
     allergic("sülfit", "amino_acids", excipients=("sulfite",))),
    ("R-ALLERGY-ANTISEPTIC", "absolute", "antiseptic",
     said(antiseptic_reaction=["povidone_iodine"])),
    ("R-ANAPHYLAXIS-HISTORY", "relative", None,
     said(anaphylaxis_ever="yes", anaphylaxis_trigger="drug")),
    ("R-ANAPHYLAXIS-HISTORY", "caution", None, with_allergies("arı", severity="anaphylaxis")),
    ("R-ASTHMA-GSH", "caution", "glutathione",
     planned("glutathione", answers={**WHEEZE, "asthma_last_attack_on": "2026-10-26"})),
    ("R-ASTHMA-GSH", "temporary", "glutathione",
     planned("glutathione", answers={**WHEEZE, "asthma_last_attack_on": "2026-10-27"})),
    ("R-KELOID", "relative", None, said(keloid="yes")),
    ("R-KELOID", "relative", None, request(conditions=[{"text": "KELOİD"}])),
    ("R-DIABETES-UNCONTROLLED", "temporary", None,
     said(diabetes="yes", hba1c_percent=8.5, diabetes_unstable="no")),
    ("R-DIABETES", "caution", None,
     said(diabetes="yes", hba1c_percent=8.4, diabetes_unstable="no")),
    ("R-IMMUNOSUPPRESSED", "relative", None, said(immune_weak="yes", transplant="no")),
    ("R-IMMUNOSUPPRESSED", "absolute", None, said(immune_weak="yes", transplant="no", cd4=199)),
    ("R-IMMUNOSUPPRESSED", "relative", None, said(steroid_tablets_now="yes", steroid_daily_mg=10,
                                                  steroid_days=15)),
    ("R-STEROID-LOW", "caution", None, said(steroid_tablets_now="yes", steroid_daily_mg=10,
                                            steroid_days=14)),
    ("R-STEROID-LOW", "caution", None, said(steroid_injection_on="2026-10-27")),
    ("R-AUTOIMMUNE", "relative", None, said(**LUPUS, connective_tissue_active="no")),
    ("R-AUTOIMMUNE", "absolute", None, said(**LUPUS, connective_tissue_active="yes")),
    ("R-KOEBNER", "caution", "cheek_left", said(**KOEBNER, koebner_active_12m="no")),
    ("R-KOEBNER", "relative", "cheek_left", said(**KOEBNER, koebner_active_12m="yes")),
    ("R-ISOTRETINOIN", "temporary", None, said(retinoid_tablet_last_on="2026-05-28")),
    ("R-ISOTRETINOIN", "temporary", None,
     taking("Roaccutane", status="stopped", last_taken="2026-05-28")),
    ("R-RETINOID-TOPICAL", "caution", "cheek_left", said(topical_active_3d="yes")),
    ("R-RETINOID-TOPICAL", "caution", "cheek_left",
     taking("Acnelyse krem", status="stopped", last_taken="2026-11-21")),
    ("R-LASER-PEEL-RECENT", "temporary", "cheek_left",
     request(procedures=[{"kind": "ipl", "on": "2026-10-27", "area": ["cheek_left"]}])),
    ("R-SUN-RECENT", "temporary", "cheek_left", said(sun_last_on="2026-11-10")),
    ("R-SUN-PLANNED", "caution", None, said(sun_trip_7d="yes")),
    ("R-PHOTOSENS-DRUG", "caution", None, taking("Lustral", status="current")),
    ("R-PIGMENT-DRUG", "caution", None, said(hormonal_contraception="combined")),
    ("R-PIH-RISK", "caution", "cheek_left", request(phototype="V")),
    ("R-PIH-RISK", "caution", "cheek_left", said(pih_after_procedure="yes")),
    ("R-VASOVAGAL", "caution", "injection", said(needle_faint="yes")),
    ("R-BDD", "relative", None, said(bdd_screen="positive")),
    ("R-HTN-SEVERE", "temporary", None,
     said(high_blood_pressure="yes", bp_systolic=180, bp_diastolic=80)),
    ("R-HTN-SEVERE", "temporary", None,
     said(high_blood_pressure="yes", bp_systolic=120, bp_diastolic=110)),
    ("R-PERM-FILLER", "relative", "cheek_left", said(permanent_filler_in_area=["cheek_left"])),
    ("R-PERM-FILLER", "relative", "cheek_left",
     request(procedures=[{"kind": "permanent_filler", "on": "2001-01-01",
                          "area": ["cheek_left"]}])),
    ("R-PORPHYRIA", "relative", None, said(porphyria="yes")),
    ("R-MESO-INTERVAL", "temporary", None, request(last_session_on="2026-11-17")),
    ("R-PREV-REACTION", "relative", None, said(previous_reaction=["hives"])),
    ("R-PREV-REACTION", "absolute", None, said(previous_reaction=["lump_abscess_over_7d"])),
    ("R-SKIN-BLEACH", "caution", "cheek_left", said(bleaching_cream="unlabelled")),
    ("R-CLOT-SIGNS", "absolute", None, said(acute_clot_signs="yes")),
    ("R-TXA-THROMBOSIS", "absolute", TXA, said(clot_history="yes")),
    ("R-TXA-CHC", "relative", TXA, taking("Yasmin", status="current")),
    ("R-TXA-HORMONE", "relative", TXA, taking("Evista", status="current")),
    ("R-TXA-RISKFACTORS", "caution", TXA, said(bmi=30)),
    ("R-TXA-RISKFACTORS", "relative", TXA, said(bmi=30, immobility_last_on="2026-10-27")),
    ("R-TXA-RENAL", "caution", TXA, said(kidney="ckd", egfr=59)),
    ("R-TXA-RENAL", "absolute", TXA, said(kidney="ckd", egfr=29.9)),
    ("R-TXA-RENAL", "caution", TXA, said(creatinine_mg_dl=2.83)),
    ("R-TXA-RENAL", "absolute", TXA, said(creatinine_mg_dl=2.84)),
    ("R-TXA-SEIZURE", "absolute", TXA, said(seizure_history="yes")),
    ("R-TXA-VISION", "relative", TXA, said(vision="retinal_disease")),
    ("R-TXA-VISION", "caution", TXA, said(vision="congenital_colour_defect")),
    ("R-TXA-PROCOAG", "absolute", TXA, taking("tretinoin (oral)", status="current")),
    ("R-TXA-SYSTEMIC", "caution", TXA, taking("Transamin tablet", status="current")),
    ("R-LIDO-ARRHYTHMIA", "relative", "anaesthetic_cream",
     creamed("emla", conduction_disease="yes")),
    ("R-LIDO-ARRHYTHMIA", "relative", "lidocaine",
     {**planned("lidocaine", answers={"conduction_disease": "yes"}), "weight_kg": 60}),
    ("R-LIDO-METHB", "absolute", "anaesthetic_cream",
     creamed("emla", methaemoglobinaemia="yes")),
    ("R-LIDO-METHB", "relative", "anaesthetic_cream", creamed("emla", g6pd_deficiency="yes")),
    ("R-LIDO-METHB", "caution", "anaesthetic_cream",
     {**creamed("emla"), "medications": [{"text": "dapsone", "status": "current"}]}),
    ("R-PROCAINE-CHOLINESTERASE", "absolute", "procaine",
     planned("procaine", answers={"cholinesterase_deficiency": "yes"})),
    ("R-G6PD-VITC", "relative", "ascorbic_acid",
     planned("ascorbic_acid", answers={"g6pd_deficiency": "yes"})),
    ("R-VITC-KIDNEY", "caution", "ascorbic_acid",
     planned("ascorbic_acid", answers={"kidney_stones": "yes"})),
    ("R-COPPER-WILSON", "absolute", "copper",
     planned("copper", answers={"wilson_disease": "yes"})),
    ("R-SALICYLATE-SILICON", "absolute", "silicon",
     planned("silicon", answers={"aspirin_reaction": "yes"})),
    ("R-MAGNESIUM-MG", "caution", "magnesium",
     planned("magnesium", answers={"myasthenia": "yes"})),
    ("R-VITAMIN-E-OIL", "absolute", "vitamin_e", planned("vitamin_e")),
    ("R-TOPICAL-ONLY", "absolute", "kojic_acid", planned("kojic_acid")),
    ("R-BETA-BLOCKER", "caution", None, taking("Dideral", status="current")),
    ("R-MIX-INCOMPATIBLE", "absolute", "any_aqueous+vitamin_e",
     planned("vitamin_e", "niacinamide")),
    ("R-MIX-INCOMPATIBLE", "absolute", "chlorhexidine_or_benzalkonium+hyaluronic_acid",
     planned("hyaluronic_acid", excipients=("benzalkonium",))),
    ("R-MIX-INCOMPATIBLE", "absolute", "sulfite_excipient+vitamin_b_complex",
     planned("vitamin_b_complex", "amino_acids", excipients=("sulfite",))),
    ("R-MIX-WARN", "caution", "ascorbic_acid+zinc", planned("ascorbic_acid", "zinc")),
    ("R-DOSE-LIMIT", "absolute", TXA, planned(TXA, mg=100.1)),
    ("R-DOSE-LIMIT", "caution", TXA, planned(TXA, mg=10.1)),
]  # fmt: skip

# One day, unit or milligram further, and nothing holds.
JUST_CLEAR: list[dict[str, Any]] = [
    said(delivered_on="2026-05-27"),
    said(infection_healed_on="2026-11-09"),
    said(inflammation_healed_on="2026-11-09"),
    said(herpes_healed_on="2026-11-09"),
    said(fever_last_on="2026-11-16"),
    said(platelets=100),
    said(stent_on="2025-11-23"),
    said(aspirin_last_on="2026-11-16"),
    said(nsaid_last_on="2026-11-20"),
    said(retinoid_tablet_last_on="2026-05-27"),
    said(sun_last_on="2026-11-09"),
    said(steroid_injection_on="2026-10-26"),
    said(high_blood_pressure="yes", bp_systolic=179, bp_diastolic=109),
    said(bmi=29.9),
    said(creatinine_mg_dl=1.35),
    said(kidney="ckd", egfr=60),
    said(immobility_last_on="2026-10-26"),
    said(pregnancy_test="negative"),
    request(last_session_on="2026-11-16"),
    request(born="2008-11-23"),
    request(procedures=[{"kind": "ipl", "on": "2026-10-26"}]),
    request(procedures=[{"kind": "threads", "on": "2026-08-25"}]),
    taking("Eliquis", status="stopped", last_taken="2026-11-16"),
    taking("Aspirin", status="as_needed", last_taken="2026-11-16"),
    taking("ibuprofen", status="as_needed", last_taken="2026-11-20"),
    taking("meloxicam", status="stopped", last_taken="2026-11-13"),
    taking("Roaccutane", status="stopped", last_taken="2026-05-27"),
    taking("Acnelyse krem", status="stopped", last_taken="2026-11-20"),
    planned(TXA, mg=10),
    planned("glutathione", mg=60),
]
