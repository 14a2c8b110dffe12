"""The app in Chinese, in Chromium: the lesson to its end, the choice in the sidebar, and the glossary."""

import re

import pytest
from playwright.sync_api import Page, expect
from test_access import READY

pytestmark = pytest.mark.browser


def lesson(page: Page, link: str = "/matching"):
    page.locator(".lesson:not(.play)[data-ready]").wait_for(timeout=READY)
    return page.locator(".lesson:not(.play)")


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.click()


def test_a_reader_finishes_matching_in_chinese(visit):
    page = visit("/matching?lang=zh")
    shown = lesson(page)
    sentence, verdict = shown.locator(".lesson-sentence"), shown.locator(".lesson-verdict")
    expect(sentence).to_contain_text("第 6 层开始时有 187 个 token")
    press(page, "2 划分")
    expect(sentence).to_contain_text("每隔一个 token 放入集合 A")
    press(page, "3 选择")
    expect(sentence).to_contain_text("它会选择哪个 B token？")
    page.get_by_label("或按名称和位置选择").select_option("69")
    press(page, "就选它")
    expect(verdict).to_contain_text("不对。您选择了 B 69（虚线轮廓）")
    page.locator("[data-token='67']").first.click()
    expect(verdict).to_contain_text("正确：B 67")
    press(page, "继续")
    expect(sentence).to_contain_text("每个 A token 连出一条边")
    press(page, "4 排序")
    shown.locator(".lesson-option").first.click()
    press(page, "继续")
    expect(sentence).to_contain_text("各条边按相似度排序")
    press(page, "5 合并")
    page.get_by_role("button", name="它们全都与它合并成一个 token").click()
    expect(verdict).to_contain_text("正确：")
    press(page, "继续")
    expect(sentence).to_contain_text("取成员按大小加权的平均值")
    press(page, "为什么需要比例注意力？")
    expect(page.get_by_role("dialog", name="为什么需要比例注意力？")).to_contain_text("log 9")
    press(page, "关闭")
    press(page, "6 衔接")
    expect(sentence).to_contain_text("该层的 MLP 得到 171 个 token")
    press(page, "前往第 7 层")
    expect(sentence).to_contain_text("第 7 层开始时有 171 个 token", timeout=READY)
    assert not re.search(r"[A-Za-z]{3,} [a-z]{3,}", shown.inner_text())


def test_the_choice_in_the_sidebar_turns_the_page_the_viewer_and_the_link(visit):
    page = visit("/?r=8")
    page.get_by_role("img", name="Layer").first.wait_for(timeout=READY)
    assert page.evaluate("document.documentElement.lang") == "en"
    page.get_by_role("button", name="中文").or_(page.get_by_role("radio", name="中文")).first.click()
    page.get_by_role("img", name="第").first.wait_for(timeout=READY)
    expect(page.get_by_role("img", name="Layer")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("观看 Vision Transformer"))
    expect(page).to_have_url(re.compile(r"lang=zh"))
    expect(page).to_have_url(re.compile(r"r=8"))
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    page.get_by_role("button", name="English").or_(page.get_by_role("radio", name="English")).first.click()
    page.get_by_role("img", name="Layer").first.wait_for(timeout=READY)
    expect(page.get_by_role("img", name="第")).to_have_count(0)
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_the_choice_of_a_control_is_told_in_the_language_just_chosen(visit):
    page = visit("/text?text_algorithm=random_prune")
    page.get_by_role("img", name="Layer").first.wait_for(timeout=READY)
    page.get_by_role("button", name="中文").or_(page.get_by_role("radio", name="中文")).first.click()
    expect(page.get_by_role("combobox", name="算法")).to_have_value("随机剪枝")


def test_the_glossary_stays_chinese_while_a_term_is_sought(visit):
    page = visit("/matching?lang=zh&glossary=true")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill("比例注意力")
    dialog.get_by_role("textbox").press("Enter")
    expect(dialog).to_contain_text("比例注意力 (proportional attention)")
    expect(dialog).not_to_contain_text("class token")
    expect(dialog.get_by_text("问题", exact=True)).to_be_visible()
