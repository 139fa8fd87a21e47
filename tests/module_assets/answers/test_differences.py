"""How code is laid out where its own layout does not count, and what differs then."""

from hypothesis import given
from hypothesis import strategies as st

from module_assets.answers.differences import VIEWS, difference, lines_of

CODE = """local p = {} function p.a(x) for i = 1, #x do local f = function(y) return y end
if x then y = 1 z = {} else return end end do local q = 'a' end end -- why
local t = { f = function() return 1 end } repeat x = x + 1 until x > 3 return p"""
LAID_OUT = """local p = { }
function p . a ( x )
    for i = 1 , # x do
        local f = function ( y )
            return y
        end
        if x then
            y = 1
            z = { }
        else
            return
        end
    end
    do
        local q = "a"
    end
end
local t = { f = function ( )
    return 1
end }
repeat
    x = x + 1
until x > 3
return p"""
NAMES = ("a", "b")


def test_a_statement_has_a_line_and_a_block_an_indent() -> None:
    assert lines_of(CODE, "code") == LAID_OUT.splitlines()


def test_another_layout_differs_as_written_alone() -> None:
    assert difference(CODE, LAID_OUT, NAMES, "written")
    assert difference(CODE, LAID_OUT, NAMES, "code") == []
    quoted = CODE.replace("'a'", "[==[a]==]")
    assert difference(CODE, quoted, NAMES, "code") == []


def test_other_names_and_strings_do_not_differ_in_structure() -> None:
    other = CODE.replace("x", "size").replace("'a'", "[[b]]")
    changed = difference(CODE, other, NAMES, "code")
    assert '-        local q = "a"' in changed
    assert '+        local q = "b"' in changed
    assert difference(CODE, other, NAMES, "structure") == []
    longer = difference(CODE, f"{other} print(p)", NAMES, "structure")
    assert [line for line in longer[2:] if line[0] in "+-"] == ["+ID ( ID )"]


@given(st.text(alphabet="abend do(){}function'\"-[]=\n "), st.sampled_from(VIEWS))
def test_any_text_can_be_compared_and_is_like_itself(text: str, view: str) -> None:
    (chosen,) = (each for each in VIEWS if each == view)
    assert difference(text, text, NAMES, chosen) == []
