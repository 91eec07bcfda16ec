import { searchTerms } from "@loam/search";

/** Words that ask for the same, in English, German and Chinese. */
const sets = [
  "price cost fee charge fare admission spend spent paid pay expens expensive preis kosten kostet gebühr eintritt teuer 价格 费用 价钱 票价 单价 成本",
  "height high tall altitude elevation höhe hoch 高度 多高 海拔",
  "length long länge lang 长度 多长",
  "depth deep tiefe tief 深度 多深",
  "width wide breadth breite breit 宽度 多宽",
  "diameter durchmesser 直径",
  "weight weigh heavy mass gewicht schwer wiegt masse 重量 多重 质量",
  "age old alter alt 年龄 多大",
  "area size hectare acre square fläche grundfläche größe groß 面积 大小",
  "temperature degree warm cold hot °c temperatur warm kalt 温度 气温 多热 多冷",
  "population inhabitant people resident bevölkerung einwohner 人口 居民",
  "speed fast velocity geschwindigkeit schnell 速度 多快",
  "density dichte 密度",
  "volume volumen 体积 容积",
  "voltage volt spannung 电压",
  "current ampere draw strom 电流",
  "power watt kilowatt megawatt leistung 功率",
  "loud noise sound decibel db laut lärm 噪声 噪音",
  "capital hauptstadt 首都",
  "author wrote written by autor verfasser",
  "owner owned own belong eigentümer besitzer gehört 所有者 业主",
  "date day when datum tag wann 日期",
  "duration last take long dauer dauert lange 时长 期限",
  "salary pay wage earn gehalt lohn 工资 薪水",
  "secretary sekretär schriftführer 秘书",
  "president präsident 主席 总统",
  "director direktor leiter 主任 院长 馆长",
  "treasurer kassier kassenwart schatzmeister 司库",
  "chairman chairwoman chair chairperson vorsitzender vorsitz",
  "manager geschäftsführer 经理",
  "architect designed design architekt 建筑师",
  "telephone phone tel telefon 电话",
  "address street adresse anschrift straße 地址",
  "revenue turnover sale umsatz erlös 收入 营业额 销售额",
  "profit gewinn 利润",
  "boiling siedepunkt 沸点",
  "melting schmelzpunkt 熔点",
].map((words) => words.split(" ").map((word) => searchTerms(word)[0] ?? word));

/** Words of a question that ask for the same as its word, itself among them; undefined for one that is no attribute. */
export function sameAttribute(term: string): readonly string[] | undefined {
  const found = sets.filter((words) => words.includes(term));
  return found.length === 0 ? undefined : [...new Set(found.flat())];
}

/** The attributes of a Chinese question: they stand inside of its words. */
export function hanAttributes(question: string): { word: string; same: readonly string[] }[] {
  const words = [...new Set(sets.flat())].filter((word) => /\p{Script=Han}{2}/u.test(word) && question.includes(word));
  return words.map((word) => ({ word, same: sameAttribute(word)! }));
}
