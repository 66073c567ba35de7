"""The ends of what a text may have in tokens, held to what a Gemma 3 vocabulary counted for it on 2026-11-30."""

import pytest

from pulumi_ctune.data.text_bounds import token_bounds

COUNTED = [
    # text, how often, tokens of all
    ("the government information department development management international community education ", 50, 451),
    ("internationalization responsibilities characterization misunderstanding administration infrastructure ", 50, 501),
    (
        "Notwithstanding any provision to the contrary contained herein, the indemnifying party shall indemnify and "
        "hold harmless the indemnified party against all liabilities arising from misrepresentation. ",
        20,
        601,
    ),
    (
        "The patient presented with hypertension and hyperlipidemia; echocardiography demonstrated cardiomyopathy with "
        "significant mitral regurgitation. ",
        20,
        381,
    ),
    (
        "Die Bundesregierung hat heute beschlossen, dass die Verantwortlichen der Gesellschaft umfassende "
        "Informationen zur Verfügung stellen müssen. ",
        20,
        441,
    ),
    ("今日は天気がいいので、公園へ散歩に行きました。", 50, 650),
    ("오늘은 날씨가 좋아서 공원에 산책하러 갔습니다. ", 50, 751),
    ("今天天气很好，所以我去公园散步了。", 50, 550),  # noqa: RUF001 (a comma of Chinese)
    ("आज मौसम अच्छा है इसलिए मैं पार्क में टहलने गया। ", 50, 651),
    ("วันนี้อากาศดีจึงไปเดินเล่นที่สวนสาธารณะ", 50, 600),
    ("اليوم الطقس جميل لذلك ذهبت إلى الحديقة للتنزه. ", 50, 802),
    ("ዛሬ አየሩ ጥሩ ስለሆነ ወደ ፓርክ ሄድኩ። ", 50, 900),
    ("ဒီနေ့ ရာသီဥတု ကောင်းလို့ ပန်းခြံကို လမ်းလျှောက်ထွက်ခဲ့တယ်။ ", 50, 1_251),
    ("დღეს კარგი ამინდია, ამიტომ პარკში სასეირნოდ წავედი. ", 50, 1_252),
    ("Σήμερα ο καιρός είναι καλός, οπότε πήγα βόλτα στο πάρκο. ", 50, 1_201),  # noqa: RUF001 (Greek)
    ("Сегодня хорошая погода, поэтому я пошёл гулять в парк. ", 50, 751),
    ('<item id="1"><name>thing</name></item>\n', 200, 3_000),
    ("\n    \n\t  ", 600, 3_000),
    ("-", 5_000, 313),
    (" ", 5_000, 162),
    ("\n", 5_000, 162),
    ("x ", 2_500, 2_501),
    ("0", 5_000, 5_000),
]


@pytest.mark.parametrize(("text", "times", "counted"), COUNTED, ids=lambda value: str(value)[:16].strip() or "blank")
def test_count_of_a_vocabulary_lies_between_the_ends(text: str, times: int, counted: int) -> None:
    least, most = token_bounds(text * times)

    assert least <= counted <= most


def test_ends_of_prose_are_within_a_factor_of_six() -> None:
    """What says nothing would be true as well."""
    least, most = token_bounds("It was the best of times, it was the worst of times, it was the age of wisdom. " * 50)

    assert most < 6 * least


def test_no_text_has_no_tokens() -> None:
    assert token_bounds("") == (0, 0)
