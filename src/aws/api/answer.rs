//! Reads answers: errors in their XML, and the `Date` header.

use serde::Deserialize;

/// AWS answers with `ErrorResponse/Error`; its simulators and older services with
/// `ErrorResponse/Errors/Error`.
#[derive(Deserialize)]
struct ErrorResponse {
    #[serde(rename = "Error", alias = "Errors")]
    error: ErrorPlace,
}

#[derive(Deserialize)]
struct ErrorPlace {
    #[serde(rename = "Error")]
    nested: Option<ErrorXml>,
    #[serde(rename = "Code")]
    code: Option<String>,
    #[serde(rename = "Message", default)]
    message: String,
}

#[derive(Deserialize)]
struct ErrorXml {
    #[serde(rename = "Code")]
    code: String,
    #[serde(rename = "Message", default)]
    message: String,
}

/// Code and message of an error answer.
pub(super) fn refusal(text: &str) -> Option<(String, String)> {
    let response: ErrorResponse = quick_xml::de::from_str(text).ok()?;
    let place = response.error;
    match place.nested {
        Some(error) => Some((error.code, error.message)),
        None => Some((place.code?, place.message)),
    }
}

/// The `Date` of an answer (RFC 9110 section 5.6.7) in Unix seconds.
pub(super) fn httpdate(text: &str) -> Option<i64> {
    let form = time::macros::format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    let time = time::PrimitiveDateTime::parse(text, &form).ok()?;
    Some(time.assume_utc().unix_timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_and_dates_are_read() {
        let xml = "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error>\
            <Type>Sender</Type><Code>AccessDenied</Code><Message>no &amp; no</Message></Error>\
            <RequestId>1</RequestId></ErrorResponse>";
        assert_eq!(
            refusal(xml),
            Some(("AccessDenied".to_owned(), "no & no".to_owned()))
        );
        let nested = "<?xml version=\"1.0\"?>\n<ErrorResponse><Errors><Error><Code>C</Code>\
            <Message>M</Message><Type>Sender</Type></Error></Errors></ErrorResponse>";
        assert_eq!(refusal(nested), Some(("C".to_owned(), "M".to_owned())));
        assert_eq!(refusal("<html><body>no</body></html>"), None);
        assert_eq!(refusal(""), None);
        assert_eq!(
            httpdate("Tue, 14 Nov 2023 22:13:20 GMT"),
            Some(1_700_000_000)
        );
        assert_eq!(httpdate("yesterday"), None);
    }
}
