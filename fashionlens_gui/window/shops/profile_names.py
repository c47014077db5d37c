"""What profiles, platforms, languages and rules are called in the window."""

from __future__ import annotations

PROFILES = {
    "shopify": "Shopify",
    "woocommerce": "WooCommerce",
    "google": "Google Merchant Center (text)",
    "google-xml": "Google Merchant Center (XML)",
    "csv": "Table (CSV)",
    "xlsx": "Excel",
}
PLATFORMS = {"shopify": "Shopify", "woocommerce": "WooCommerce", "google": "Google", "plain": "No shop"}
LANGUAGES = {"en": "English", "de": "German", "fr": "French", "es": "Spanish"}
RULE_TITLES = {
    "missing": "is empty and must not be",
    "unknown_fact": "nothing is known",
    "needs_review": "tags need review",
    "price_missing": "no price",
    "image_missing": "no image",
    "image_not_on_the_web": "no address on the web",
    "required_for_apparel": "empty, but required for apparel",
    "brand_missing": "no brand",
    "google_category_missing": "no Google category",
    "empty_overwrites": "empty, and deletes what the shop has",
    "attributes_replaced": "all attributes are replaced",
    "repeated": "the same text twice",
    "too_long": "too long",
    "not_a_number": "not a number",
    "not_one_of": "not one of the allowed texts",
}
"""Rules in short, for those that many rows break."""


def profile_title(name: str) -> str:
    """What a profile is called: a shipped one by its shop, one of the user's own as they called it."""
    return PROFILES.get(name, name)
