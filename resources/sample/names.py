"""Names in many scripts: the wikis there are, and how a made-up name is written in each of them."""

import unicodedata
from dataclasses import dataclass
from functools import cache

from resources.sample.columns import Column, texts

CONSONANTS = tuple("bdfghklmnprstvz")
VOWELS = tuple("aeiou")
CODAS = ("", "n", "r", "s", "l")
SYLLABLES = len(CONSONANTS) * len(VOWELS)

# Consonants and vowels in the order above.
ALPHABETS = {
    "latin": (" ".join(CONSONANTS), "a e i o u"),
    "accented": (" ".join(CONSONANTS), "a é i o ü"),
    "cyrillic": ("б д ф г х к л м н п р с т в з", "а е и о у"),
    "greek": ("μπ δ φ γ χ κ λ μ ν π ρ σ τ β ζ", "α ε ι ο ου"),
    "georgian": ("ბ დ ფ გ ჰ კ ლ მ ნ პ რ ს ტ ვ ზ", "ა ე ი ო უ"),
    "armenian": ("բ դ ֆ գ հ կ լ մ ն պ ր ս տ վ զ", "ա ե ի ո ու"),
    "hebrew": ("ב ד פ ג ה ק ל מ נ פ ר ס ט ו ז", "א א י ו ו"),
    "arabic": ("ب د ف غ ه ك ل م ن ب ر س ت ف ز", "ا ي ي و و"),
    "persian": ("ب د ف گ ه ک ل م ن پ ر س ت و ز", "ا ه ی و و"),
    "devanagari": ("ब द फ ग ह क ल म न प र स त व ज़", "ा े ि ो ु"),
    "bengali": ("ব দ ফ গ হ ক ল ম ন প র স ত ভ জ", "া ে ি ো ু"),
    "tamil": ("ப த ஃப க ஹ க ல ம ன ப ர ச ட வ ஜ", "ா ெ ி ொ ு"),
    "telugu": ("బ ద ఫ గ హ క ల మ న ప ర స త వ జ", "ా ె ి ొ ు"),
}
THAI = ("บ ด ฟ ก ฮ ค ล ม น ป ร ส ต ว ซ", ("{}า", "เ{}", "{}ี", "โ{}", "{}ู"))
HANGUL = ((7, 3, 17, 0, 18, 15, 5, 6, 2, 17, 5, 9, 16, 7, 12), (0, 5, 20, 8, 13))
ETHIOPIC = ("በ ደ ፈ ገ ሀ ከ ለ መ ነ ፐ ረ ሰ ተ ቨ ዘ", (3, 4, 2, 6, 1))
KANA = (
    "バ ベ ビ ボ ブ ダ デ ディ ド ドゥ ファ フェ フィ フォ フ ガ ゲ ギ ゴ グ ハ ヘ ヒ ホ フー "
    "カ ケ キ コ ク ラ レ リ ロ ル マ メ ミ モ ム ナ ネ ニ ノ ヌ パ ペ ピ ポ プ "
    "ラー レー リー ロー ルー サ セ シ ソ ス タ テ ティ ト トゥ ヴァ ヴェ ヴィ ヴォ ヴ "
    "ザ ゼ ジ ゾ ズ"
)
HAN = (
    "巴 贝 比 博 布 达 德 迪 多 杜 法 费 菲 福 弗 加 格 吉 戈 古 哈 赫 希 霍 胡 "
    "卡 克 基 科 库 拉 莱 利 洛 卢 马 梅 米 莫 穆 纳 内 尼 诺 努 帕 佩 皮 波 普 "
    "腊 雷 里 罗 鲁 萨 塞 西 索 苏 塔 泰 蒂 托 图 瓦 韦 维 沃 武 扎 泽 齐 佐 祖"
)
ENDINGS = {
    "cyrillic": " н р с л",
    "greek": " ν ρ ς λ",
    "georgian": " ნ რ ს ლ",
    "armenian": " ն ր ս լ",
    "hebrew": " ן ר ס ל",
    "arabic": " ن ر س ل",
    "persian": " ن ر س ل",
    "devanagari": " न र स ल",
    "bengali": " ন র স ল",
    "tamil": " ன் ர் ஸ் ல்",
    "telugu": " న్ ర్ స్ ల్",
    "thai": " น ร ส ล",
    "hangul": " 은 리 시 을",
    "kana": " ン ル ス ール",
    "han": " 恩 尔 斯 勒",
    "ethiopic": " ን ር ስ ል",
}


@dataclass(frozen=True)
class Language:
    """A Wikipedia: its database, how it writes names, and what its special titles are called."""

    wiki: str
    script: str
    list_of: str
    disambiguation: str
    year: str


def _known(lines: str) -> tuple[Language, ...]:
    return tuple(Language(*line.split()) for line in lines.strip().splitlines())


LANGUAGES = _known("""
ptwiki latin Lista_de_ desambiguação {}
arwiki arabic قائمة_ توضيح {}
kawiki georgian სია:_ მრავალმნიშვნელოვანი {}
chwiki latin Lista_ desambiguación {}
hiwiki devanagari सूची:_ बहुविकल्पी {}
ruwiki cyrillic Список_ значения {}_год
jawiki kana 一覧: 曖昧さ回避 {}年
elwiki greek Κατάλογος_ αποσαφήνιση {}
kowiki hangul 목록:_ 동음이의 {}년
idwiki latin Daftar_ disambiguasi {}
hewiki hebrew רשימת_ פירושונים {}
zhwiki han 列表: 消歧义 {}年
thwiki thai รายชื่อ แก้ความกำกวม {}
hywiki armenian Ցանկ_ այլ_կիրառումներ {}
bnwiki bengali তালিকা:_ দ্ব্যর্থতা_নিরসন {}
trwiki accented Liste:_ anlam_ayrımı {}
cswiki accented Seznam_ rozcestník {}
fawiki persian فهرست_ ابهام‌زدایی {}_(میلادی)
tawiki tamil பட்டியல்:_ பக்கவழி_நெறிப்படுத்தல் {}
ukwiki cyrillic Список_ значення {}
viwiki latin Danh_sách_ định_hướng {}
amwiki ethiopic ዝርዝር_ ማለያየት {}
tewiki telugu జాబితా:_ అయోమయ_నివృత్తి {}
huwiki accented Lista:_ egyértelműsítő_lap {}
cawiki latin Llista_de_ desambiguació {}
bgwiki cyrillic Списък_ пояснение {}
svwiki accented Lista_över_ olika_betydelser {}
fiwiki accented Luettelo:_ täsmennyssivu {}
rowiki latin Listă_de_ dezambiguizare {}
srwiki cyrillic Списак_ вишезначна_одредница {}.
euwiki latin Zerrenda:_ argipena {}
mrwiki devanagari यादी:_ निःसंदिग्धीकरण {}
dawiki latin Liste_over_ flertydig {}
nowiki latin Liste_over_ andre_betydninger {}
glwiki latin Lista_de_ homónimos {}
kkwiki cyrillic Тізім:_ айрық {}
azwiki accented Siyahı:_ dəqiqləşdirmə {}
arzwiki arabic لستة_ توضيح {}
cebwiki latin Listahan_ pagklaro {}
swwiki latin Orodha_ya_ maana {}
etwiki accented Loend:_ täpsustus {}
newiki devanagari सूची:_ बहुविकल्पी {}
ltwiki accented Sąrašas:_ reikšmės {}
mswiki latin Senarai_ nyahkekaburan {}
""")
LATIN = Language("enwiki", "latin", "List_of_", "disambiguation", "{}")


def languages(count: int) -> tuple[Language, ...]:
    """The first ``count`` wikis; beyond the real ones, made-up codes of the private-use range."""
    scripts = sorted({language.script for language in LANGUAGES})
    made_up = [
        Language(f"{_private_code(i)}wiki", scripts[i % len(scripts)], "Qa_", "qa", "{}")
        for i in range(max(0, count - len(LANGUAGES)))
    ]
    return (*LANGUAGES, *made_up)[:count]


def _private_code(number: int) -> str:
    """ISO 639-2 keeps qaa to qtz for private use; a fourth letter where that is not enough."""
    block, rest = divmod(number, 20 * 26)
    code = "q" + chr(ord("a") + rest // 26) + chr(ord("a") + rest % 26)
    return code if block == 0 else f"{code}{block}"


@cache
def syllables(script: str) -> Column:
    """Texts of the syllable codes: 0 empty, then all in lower case, then all capitalised."""
    small = [unicodedata.normalize("NFC", syllable) for syllable in _syllables(script)]
    capital = [syllable[:1].upper() + syllable[1:] for syllable in small]
    return texts(["", *small, *(small if script == "georgian" else capital)])


@cache
def codas(script: str) -> Column:
    """Texts of the five word endings, the first empty."""
    if script not in ENDINGS:
        return texts(CODAS)
    return texts(["", *ENDINGS[script].split()])


def _syllables(script: str) -> list[str]:
    if script in ALPHABETS:
        consonants, vowels = (letters.split() for letters in ALPHABETS[script])
        return [consonant + vowel for consonant in consonants for vowel in vowels]
    if script == "thai":
        return [form.format(consonant) for consonant in THAI[0].split() for form in THAI[1]]
    if script == "hangul":
        first, second = HANGUL
        return [chr(0xAC00 + (i * 21 + j) * 28) for i in first for j in second]
    if script == "ethiopic":
        letters, orders = ETHIOPIC
        return [chr(ord(letter) + order) for letter in letters.split() for order in orders]
    return {"kana": KANA, "han": HAN}[script].split()
