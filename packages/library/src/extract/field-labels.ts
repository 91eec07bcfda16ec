/** Names that forms use for the same thing. A field's labels are widened by the row that holds one of them. */
const synonyms = [
  [
    "invoice number",
    "invoice no",
    "invoice #",
    "invoice id",
    "invoice",
    "发票号码",
    "发票号",
    "rechnungsnummer",
    "numéro de facture",
  ],
  [
    "invoice date",
    "date of invoice",
    "date of issue",
    "issue date",
    "issued",
    "date",
    "开票日期",
    "日期",
    "rechnungsdatum",
  ],
  ["due date", "payment due", "pay by", "due", "到期日", "付款期限", "fällig am"],
  [
    "total",
    "total amount",
    "amount due",
    "grand total",
    "total due",
    "balance due",
    "合计",
    "总计",
    "价税合计",
    "gesamtbetrag",
    "summe",
  ],
  ["subtotal", "sub total", "net amount", "net total", "小计"],
  ["tax", "vat", "sales tax", "tax amount", "税额", "mwst"],
  ["vendor", "supplier", "seller", "from", "company", "销售方", "供应商"],
  ["customer", "client", "buyer", "bill to", "sold to", "to", "购买方", "客户"],
  ["order number", "order no", "po number", "purchase order", "order", "订单号"],
  ["name", "full name", "姓名", "名称"],
  ["address", "地址", "anschrift"],
  ["phone", "telephone", "tel", "phone number", "mobile", "电话"],
  ["email", "e mail", "email address", "邮箱", "电子邮件"],
  ["date of birth", "born", "birth date", "birthday", "出生日期"],
  ["quantity", "qty", "pcs", "count", "数量", "menge"],
  ["price", "unit price", "cost", "rate", "单价", "价格", "preis"],
  ["amount", "line total", "sum", "金额", "betrag"],
  ["description", "item", "article", "product", "service", "品名", "项目"],
  ["currency", "币种", "währung"],
];

/** What a document may call a field: its name as words, its titles, the beginning of its description, and synonyms. */
export function labelsOf(name: string, titles: readonly string[], description?: string): string[] {
  const words = name.replace(/(\p{Ll}|\d)(\p{Lu})/gu, "$1 $2").replace(/[_\-.]+/g, " ");
  const said = description && description.split(/\s+/).length <= 4 ? [description] : [];
  const own = [words, ...titles, ...said].map(plainLabel).filter(Boolean);
  const alike = synonyms.filter((row) => row.some((label) => own.includes(label))).flat();
  return [...new Set([...own, ...alike])];
}

/** A label as it is compared: lower case, without signs; `#` and `No.` stay as words. */
export function plainLabel(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/№/g, "no")
    .replace(/[^\p{L}\p{N}#]+/gu, " ")
    .trim();
}
