//! Codes of one series (structured append) to one text.

use zeroize::Zeroizing;

use super::code::Code;

/// Replaces the codes of each series that is complete by one with the whole text, in the place
/// of its first. The codes of an incomplete series stay, and tell by [`Code::part`].
pub(crate) fn joined(mut codes: Vec<Code>) -> Vec<Code> {
    let mut index = 0;
    while index < codes.len() {
        if let Some(whole) = whole(&codes, index) {
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
            codes.insert(index, whole);
        }
        index += 1;
    }
    codes
}

/// The series that the code at `index` belongs to as one code, if all of it is there.
fn whole(codes: &[Code], index: usize) -> Option<Code> {
    let part = codes[index].part()?;
    let mut text = Zeroizing::new(String::new());
    let mut margin = Some(1.0_f32);
    for place in 0..part.count {
        let wanted = super::Part {
            index: place,
            ..part
        };
        let code = codes.iter().find(|code| code.part() == Some(wanted))?;
        text.push_str(code.payload());
        margin = margin.zip(code.confidence()).map(|(a, b)| a.min(b));
    }
    Some(Code::whole(text, margin, codes[index].corners))
}

#[cfg(test)]
mod tests {
    use super::super::Part;
    use super::super::decode::Found;
    use super::super::symbol::Content;
    use super::*;

    fn code(text: &str, part: Option<(u8, u8, u8)>) -> Code {
        let part = part.map(|(index, count, parity)| Part {
            index,
            count,
            parity,
        });
        let payload = Zeroizing::new(text.to_owned());
        let corners = [[0.0; 2]; 4];
        let content = Content { payload, part };
        Code::new(
            Found {
                content,
                margin: Some(0.5),
                corners,
            },
            corners,
        )
    }

    fn texts(codes: Vec<Code>) -> Vec<String> {
        let codes = joined(codes);
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
    fn an_incomplete_series_stays_and_tells() {
        let codes = joined(vec![code("b", Some((1, 3, 9))), code("c", Some((2, 3, 9)))]);
        assert_eq!(codes.len(), 2);
        assert_eq!(codes[0].part().unwrap().count, 3);
    }
}
