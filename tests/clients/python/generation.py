"""drf-spectacular's settings for the document that openapi-python-client reads."""

SETTINGS = {
    # One class for what is sent and one for what comes back: readOnly means nothing to it.
    "COMPONENT_SPLIT_REQUEST": True,
    # A body in three media types would be sent in all of them.
    "PARSER_WHITELIST": ["rest_framework.parsers.JSONParser"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "restflow.spectacular.hooks.postprocess_exclude_negations",
    ],
}
