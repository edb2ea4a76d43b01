//! Structured append: joins the codes of one series to one text.

use zeroize::Zeroizing;

use super::code::Code;
use super::symbol::{Content, Part};

/// Replaces each complete series by one code with the whole text, at the position of its first.
/// The codes of an incomplete series stay as they are; [`Code::part`] says so.
pub(crate) fn join_series(mut codes: Vec<Code>) -> Vec<Code> {
    let mut index = 0;
    while index < codes.len() {
        if let Some(joined) = join(&codes, index) {
            let part = codes[index].part();
            let series = |code: &Code| code.part().map(|part| (part.count, part.parity));
            let key = part.map(|part| (part.count, part.parity));
            let before = codes
                .iter()
                .take(index)
                .filter(|code| series(code) == key)
                .count();
            codes.retain(|code| series(code) != key);
            index -= before;
            codes.insert(index, joined);
        }
        index += 1;
    }
    codes
}

/// The series of the code at `index` as one code, if it is complete.
fn join(codes: &[Code], index: usize) -> Option<Code> {
    let part = codes[index].part()?;
    let mut text = Zeroizing::new(String::new());
    for position in 0..part.count {
        let wanted = Part {
            index: position,
            ..part
        };
        let code = codes.iter().find(|code| code.part() == Some(wanted))?;
        text.push_str(code.payload());
    }
    let content = Content {
        payload: text,
        part: None,
    };
    Some(Code::new(content, codes[index].corners))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str, part: Option<(u8, u8, u8)>) -> Code {
        let part = part.map(|(index, count, parity)| Part {
            index,
            count,
            parity,
        });
        let payload = Zeroizing::new(text.to_owned());
        Code::new(Content { payload, part }, [[0.0; 2]; 4])
    }

    fn texts(codes: Vec<Code>) -> Vec<String> {
        let codes = join_series(codes);
        codes.iter().map(|code| code.payload().to_owned()).collect()
    }

    #[test]
    fn a_complete_series_is_one_text_wherever_its_parts_are() {
        let codes = vec![
            code("single", None),
            code("World", Some((1, 2, 9))),
            code("x", Some((0, 2, 7))),
            code("Hello ", Some((0, 2, 9))),
        ];
        assert_eq!(texts(codes), ["single", "Hello World", "x"]);
    }

    #[test]
    fn an_incomplete_series_stays() {
        let codes = join_series(vec![code("b", Some((1, 3, 9))), code("c", Some((2, 3, 9)))]);
        assert_eq!(codes.len(), 2);
        assert_eq!(codes[0].part().unwrap().count, 3);
    }
}
