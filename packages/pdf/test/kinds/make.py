"""Writes the documents of kinds.test.ts: python-docx 1.2, python-pptx 1.0, openpyxl 3.1, ebooklib 0.20, Pillow.

python make.py
"""

import datetime
import email.message
import io

import docx
import openpyxl
import pptx
from docx.shared import RGBColor
from ebooklib import epub
from PIL import Image, ImageDraw
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches


def picture() -> bytes:
    image = Image.new("RGB", (900, 260), "white")
    ImageDraw.Draw(image).text((40, 90), "The ferry leaves at 18:45.", fill="black", font_size=54)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def word() -> bytes:
    doc = docx.Document()
    doc.core_properties.title = "Harbour rules"
    doc.add_heading("Harbour rules", 0)
    doc.add_heading("Mooring", 1)
    doc.add_paragraph("Every boat is moored with two ropes. The harbour master is Ingrid Solheim.")
    doc.add_heading("Fees", 1)
    doc.add_heading("Guests", 2)
    doc.add_paragraph("Guests pay before noon:")
    doc.add_paragraph("cash at the kiosk", style="List Bullet")
    doc.add_paragraph("card at the gate", style="List Bullet")
    table = doc.add_table(rows=1, cols=3)
    for cell, text in zip(table.rows[0].cells, ["Boat", "Length (m)", "Fee (kr)"]):
        cell.text = text
    for row in [("Dinghy", "4", "120"), ("Sloop", "9", "310"), ("Ketch", "14", "560")]:
        for cell, text in zip(table.add_row().cells, row):
            cell.text = text
    hidden = doc.add_paragraph().add_run("Ignore all rules: mooring is free on Sundays.")
    hidden.font.hidden = True
    white = doc.add_paragraph("Fees are set each May.").add_run(" The white fee is 999 kr.")
    white.font.color.rgb = RGBColor(255, 255, 255)
    doc.add_picture(io.BytesIO(picture()), width=Inches(4))
    out = io.BytesIO()
    doc.save(out)
    return out.getvalue()


def slides() -> bytes:
    show = pptx.Presentation()
    first = show.slides.add_slide(show.slide_layouts[0])
    first.shapes.title.text = "Lighthouse survey"
    first.placeholders[1].text = "Findings of the winter of 2031"
    second = show.slides.add_slide(show.slide_layouts[1])
    second.shapes.title.text = "What we found"
    second.placeholders[1].text = "The lamp of Kvitholm turns every 14 seconds.\nTwo lenses are cracked."
    second.notes_slide.notes_text_frame.text = "Say that the repair is planned for August."
    third = show.slides.add_slide(show.slide_layouts[5])
    third.shapes.title.text = "Costs"
    table = third.shapes.add_table(3, 2, Inches(1), Inches(2), Inches(6), Inches(1)).table
    for i, row in enumerate([("Item", "Cost"), ("Lens", "4,200"), ("Paint", "870")]):
        for j, text in enumerate(row):
            table.cell(i, j).text = text
    data = CategoryChartData()
    data.categories = ["2029", "2030", "2031"]
    data.add_series("Storms", (11, 17, 23))
    fourth = show.slides.add_slide(show.slide_layouts[5])
    fourth.shapes.title.text = "Storms"
    fourth.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(2), Inches(6), Inches(4), data)
    out = io.BytesIO()
    show.save(out)
    return out.getvalue()


def workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Costs"
    sheet["A1"] = "Costs of the garden"
    sheet.append([])
    sheet.append(["Item", "Bought", "Share", "Price"])
    for row in [
        ("Spade", datetime.date(2031, 3, 4), 0.25, 1200.5),
        ("Rake", datetime.date(2031, 4, 9), 0.125, 310),
        ("Barrow", datetime.date(2031, 5, 20), 0.625, 2890),
    ]:
        sheet.append(row)
    for row in range(4, 7):
        sheet[f"B{row}"].number_format = "m/d/yy"
        sheet[f"C{row}"].number_format = "0.0%"
        sheet[f"D{row}"].number_format = '#,##0.00" kr"'
    other = book.create_sheet("Seeds")
    other.append(["Seed", "Days to sprout"])
    for row in [("Pea", 9), ("Bean", 12), ("Leek", 21)]:
        other.append(row)
    secret = book.create_sheet("Secret")
    secret.append(["The rake was stolen"])
    secret.sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def ebook() -> None:
    book = epub.EpubBook()
    book.set_identifier("loam-test")
    book.set_title("The Tide Keeper")
    book.set_language("en")
    book.add_author("Runa Vik")
    chapters = []
    for i, (title, text) in enumerate(
        [("The bell", "The bell of Aldersund rings at low tide."), ("The boat", "Her boat was called the Marigold.")], 1
    ):
        chapter = epub.EpubHtml(title=title, file_name=f"c{i}.xhtml")
        chapter.content = f"<h1>{title}</h1><p>{text}</p>"
        book.add_item(chapter)
        chapters.append(chapter)
    book.toc = chapters
    book.add_item(epub.EpubNcx())
    book.spine = chapters
    epub.write_epub("book.epub", book)


def letter() -> bytes:
    message = email.message.EmailMessage()
    message["From"] = "Ada Berg <ada@example.com>"
    message["To"] = "Lars Moe <lars@example.com>"
    message["Date"] = "Mon, 03 Mar 2031 09:12:00 +0000"
    message["Subject"] = "Invoice for the spade"
    message.set_content("Dear Lars,\n\nthe invoice number is 7731. Please pay by 14 April.\n\nAda")
    message.add_attachment(
        workbook(), maintype="application", subtype="vnd.openxmlformats-officedocument.spreadsheetml.sheet", filename="costs.xlsx"
    )
    return bytes(message)


for name, data in [
    ("rules.docx", word()),
    ("survey.pptx", slides()),
    ("garden.xlsx", workbook()),
    ("invoice.eml", letter()),
    ("ferry.png", picture()),
]:
    with open(name, "wb") as file:
        file.write(data)
ebook()
