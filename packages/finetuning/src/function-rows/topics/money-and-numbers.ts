import { may, needs, type Topic, topic } from "./topic.ts";
import { choice, code, date, decimal, listOf, money, oneOf, percent, whole } from "./value-kinds.ts";
import { companies, currencies, formulas, products } from "./word-lists.ts";

const compounding = choice({
  monthly: ["every month"],
  quarterly: ["every quarter"],
  yearly: ["every year", "annually"],
});
const lengthUnits = choice({ cm: ["centimeters"], m: ["meters", "metres"], inches: ["inches"], ft: ["feet"] });

/** Finance, shopping sums, geometry, statistics and arithmetic. */
export const moneyAndNumbers: readonly Topic[] = [
  topic(
    "finance",
    "work out mortgage instalment",
    "Works out the monthly instalment of a mortgage|Monthly rate to pay for a home loan|Determine what a mortgage costs each month",
    {
      loan: needs(money(20000, 900000), "loan|borrowed|sum_borrowed", "The sum that is borrowed|Loan amount"),
      rate: needs(percent(1, 9), "rate|yearly_rate|interest", "Yearly interest rate|The annual interest"),
      years: needs(whole(5, 40), "years|term|duration_years", "Term of the loan in years|How many years it runs"),
    },
    "What would I pay each month for a mortgage of {loan} at {rate} over {years} years?|I am borrowing {loan} for {years} years at {rate} interest. What is the monthly instalment?|Work out the monthly rate on a {years}-year home loan of {loan} with {rate} interest",
    {
      fee: may(
        money(100, 4000),
        "fee|closing_fee",
        "One-off fee added to the loan",
        " including a fee of {}| plus a one-off fee of {}",
      ),
    },
  ),
  topic(
    "finance",
    "grow savings",
    "Future value of savings with compound interest|Projects how savings grow",
    {
      start: needs(money(100, 50000), "start|initial|deposit", "Money at the beginning|Initial deposit"),
      rate: needs(percent(1, 12), "rate|interest_rate|annual_return", "Annual rate of return|Interest rate per year"),
      years: needs(whole(1, 40), "years|periods|horizon", "Number of years|How long the money stays"),
    },
    "How much will {start} be worth after {years} years at {rate}?|If I put {start} into an account with {rate} a year, what do I have in {years} years?|Project the savings of {start} growing {rate} annually for {years} years",
    {
      often: may(
        compounding,
        "compounding|frequency",
        "How often interest is added",
        ", compounded {}| with {} compounding",
      ),
      monthly: may(money(10, 900), "monthly_deposit|addition", "Added every month", ", adding {} every month"),
    },
  ),
  topic(
    "finance",
    "fetch exchange value",
    "Converts a sum of money into another currency|Tells what a sum is in another currency",
    {
      sum: needs(money(5, 9000), "sum|value|quantity", "The sum to change|How much money"),
      from: needs(
        oneOf(currencies),
        "from|source|from_code",
        "Currency code of the sum|Code of the currency to change",
      ),
      to: needs(oneOf(currencies), "to|target|to_code", "Code of the wanted currency|Currency code to change into"),
    },
    "What do I get in {to} for {sum} in {from}?|Change {sum} from {from} to {to}|How much is {sum} of {from} expressed in {to}?",
    { day: may(date, "day|on_date", "Day of the rate", " using the rate of {}| on {}") },
  ),
  topic(
    "finance",
    "look up share price",
    "Latest price of a company's share|Gives the share price of a company",
    { company: needs(oneOf(companies), "company|firm|company_name", "Name of the company|The company") },
    "What does a share of {company} cost right now?|Tell me the share price of {company}|How is {company} trading at the moment?",
    {
      market: may(
        choice({ NYSE: ["New York"], NASDAQ: ["Nasdaq"], LSE: ["London"], XETRA: ["Frankfurt"] }),
        "market|exchange",
        "The stock exchange",
        " on the {} exchange| at {}",
      ),
      days: may(whole(2, 90), "days|history_days", "Days of history", ", with the last {} days| for the past {} days"),
    },
  ),
  topic(
    "finance",
    "estimate income tax",
    "Estimates the income tax of a person|How much income tax is due",
    {
      income: needs(money(12000, 200000), "income|gross_income|earnings", "Gross income in a year|Yearly earnings"),
      status: needs(
        choice({
          single: ["unmarried"],
          married: ["a married person"],
          head_of_household: ["the head of a household"],
        }),
        "status|filing|filing_status",
        "How the person files|Filing status",
      ),
    },
    "How much tax do I owe on {income} filing as {status}?|Estimate the income tax for someone earning {income} who files as {status}|With {income} a year and status {status}, what is my income tax?",
    { year: may(whole(2015, 2025), "year|tax_year", "Tax year", " for the year {}| in {}") },
  ),
  topic(
    "finance",
    "split bill",
    "Splits a restaurant bill among guests|Share of each guest of a bill",
    {
      bill: needs(money(12, 600), "bill|total_bill|amount_due", "Total of the bill|What is to be paid"),
      guests: needs(whole(2, 12), "guests|people|persons", "How many people share it|Number of guests"),
    },
    "Divide a bill of {bill} among {guests} of us|We are {guests} people and the restaurant wants {bill}. What does each pay?|Each one's share of {bill} for {guests} guests, please",
    { tip: may(percent(5, 25), "tip|gratuity", "Tip on top", " with a {} tip| plus {} tip") },
  ),
  topic(
    "finance",
    "depreciate asset",
    "Yearly depreciation of an asset|How much value an asset loses a year",
    {
      cost: needs(money(500, 90000), "cost|purchase_price|acquisition_cost", "What the asset cost|Purchase price"),
      residual: needs(money(50, 9000), "residual|salvage|salvage_value", "Value at the end|Residual value"),
      life: needs(whole(2, 20), "life|useful_life|life_years", "Useful life in years|Years of use"),
    },
    "A machine bought for {cost} will be worth {residual} after {life} years. What is its yearly depreciation?|Depreciate an asset: cost {cost}, residual value {residual}, useful life {life} years|Find the depreciation per year with purchase price {cost}, {life} years of life and {residual} left",
    {
      method: may(
        choice({ straight_line: ["straight line"], declining: ["declining balance"] }),
        "method|approach",
        "Method of depreciation",
        " using the {} method| by the {} method",
      ),
    },
  ),
  topic(
    "shop",
    "discount price",
    "Price of an article after a discount|Applies a discount to a price",
    {
      price: needs(money(5, 900), "price|list_price|original", "Price before the discount|The original price"),
      off: needs(percent(5, 70), "discount|reduction|off", "Discount to take off|The reduction"),
    },
    "What does something for {price} cost with {off} off?|Take {off} off a price of {price}|The list price is {price} and the sale gives {off}. What do I pay?",
    { tax: may(percent(3, 25), "tax|sales_tax", "Sales tax added at the end", ", with {} sales tax| and then {} tax") },
  ),
  topic(
    "geometry",
    "box capacity",
    "Volume of a rectangular box|How much fits into a box",
    {
      length: needs(decimal(1, 80, 1), "length|side_a|long_side", "Length of the box|The longest side"),
      width: needs(decimal(1, 60, 1), "width|side_b|breadth", "Width of the box|Breadth"),
      height: needs(decimal(1, 50, 1), "height|side_c|depth", "Height of the box|How high it is"),
    },
    "What is the volume of a box that is {length} long, {width} wide and {height} high?|How much fits into a carton with length {length}, width {width} and height {height}?|Capacity of a {length} by {width} by {height} box",
    { unit: may(lengthUnits, "unit|measure", "Unit of the sides", ", all in {}| measured in {}") },
  ),
  topic(
    "geometry",
    "trapezoid surface",
    "Surface of a trapezoid|Area between two parallel sides",
    {
      top: needs(whole(2, 40), "top|top_side|upper", "Length of the top side|The side at the top"),
      bottom: needs(whole(3, 60), "bottom|bottom_side|lower", "Length of the bottom side|The side at the bottom"),
      height: needs(whole(2, 30), "height|distance|h", "Distance of the parallel sides|Height"),
    },
    "Find the surface of a trapezoid with a top of {top}, a bottom of {bottom} and a height of {height}|A trapezoid is {top} wide at the top and {bottom} at the bottom; its height is {height}. How large is it?|Compute the trapezoid: top side {top}, bottom side {bottom}, height {height}",
  ),
  topic(
    "geometry",
    "cone measure",
    "Measures of a cone from its radius and height|Volume or surface of a cone",
    {
      radius: needs(decimal(1, 30, 1), "radius|base_radius|r", "Radius of the base|The base's radius"),
      height: needs(decimal(1, 40, 1), "height|cone_height|h", "Height of the cone|How tall it is"),
    },
    "How big is a cone with radius {radius} and height {height}?|A cone is {height} tall with a base radius of {radius}. Measure it|I have a cone of radius {radius} and height {height}, please calculate it",
    {
      want: may(
        choice({ volume: ["how much it holds"], surface: ["the outer area"] }),
        "want|quantity",
        "What to measure",
        "; I want the {}| for its {}",
      ),
    },
  ),
  topic(
    "geometry",
    "point distance",
    "Straight distance between two points of a plane|How far two points are apart",
    {
      first: needs(
        listOf(whole(-20, 40), { least: 2, most: 2 }),
        "first|start_point|p",
        "First point as [x, y]|Coordinates of the first point",
      ),
      second: needs(
        listOf(whole(-20, 40), { least: 2, most: 2 }),
        "second|end_point|q",
        "Second point as [x, y]|Coordinates of the second point",
      ),
    },
    "How far apart are the points {first} and {second}?|Distance from point {first} to point {second}|Measure the straight line between {first} and {second}",
  ),
  topic(
    "statistics",
    "describe sample",
    "Descriptive statistics of numbers|Summarises a sample of numbers",
    {
      values: needs(
        listOf(decimal(0, 100, 1), { least: 3, most: 6 }),
        "values|sample|observations",
        "The numbers|List of measured values",
      ),
    },
    "Summarise these measurements: {values}|Give me the statistics of {values}|I measured {values}. Describe the sample",
    { digits: may(whole(0, 4), "digits|decimals", "Decimals to round to", ", rounded to {} digits| with {} decimals") },
  ),
  topic(
    "statistics",
    "dice odds",
    "Chance of a sum with several dice|Odds that dice show a total",
    {
      dice: needs(whole(1, 6), "dice|dice_count|n", "How many dice|Number of dice"),
      total: needs(whole(2, 30), "total|target_sum|points", "The wanted total|Sum of the points"),
    },
    "What are the odds that {dice} dice show {total} in all?|Chance of a total of {total} with {dice} dice|I roll {dice} dice. How likely is a sum of {total}?",
    { sides: may(whole(4, 20), "sides|faces", "Faces of each die", ", each with {} sides| if each die has {} faces") },
  ),
  topic(
    "statistics",
    "sample size",
    "How many people a survey must ask|Size of the sample for a survey",
    {
      population: needs(whole(500, 90000), "population|people|group_size", "Size of the whole group|Population size"),
      error: needs(percent(1, 9), "error|margin|margin_of_error", "Allowed margin of error|Margin of error"),
    },
    "How many of {population} people must I ask for a margin of {error}?|Survey size for a population of {population} and a margin of error of {error}|With {population} members and {error} error allowed, how large must the sample be?",
    {
      confidence: may(
        percent(80, 99),
        "confidence|confidence_level",
        "Confidence level",
        " at {} confidence| with a confidence of {}",
      ),
    },
  ),
  topic(
    "calculus",
    "evaluate slope",
    "Slope of a function at a point|Value of the derivative at a place",
    {
      formula: needs(oneOf(formulas), "formula|expression|f", "The function of x|Expression in x"),
      at: needs(whole(-5, 12), "at|x|place", "Where the slope is wanted|Value of x"),
    },
    "What is the slope of {formula} at x = {at}?|Slope of the curve {formula} where x equals {at}|Differentiate {formula} and evaluate it at {at}",
  ),
  topic(
    "arithmetic",
    "common divisor",
    "Largest number that divides two numbers|Finds the common divisor of numbers",
    {
      a: needs(whole(4, 400), "a|first_number|left", "First number|One of the numbers"),
      b: needs(whole(4, 400), "b|second_number|right", "Second number|The other number"),
    },
    "Which is the largest number that divides both {a} and {b}?|Common divisor of {a} and {b}, please|Find what divides {a} as well as {b}",
  ),
  topic(
    "shop",
    "place purchase",
    "Orders an article of the shop|Places an order",
    {
      article: needs(oneOf(products), "article|product|item_name", "What is bought|Name of the article"),
      count: needs(whole(1, 30), "count|pieces|how_many", "Number of pieces|How many are bought"),
    },
    "Order {count} pieces of {article}|I would like to buy {article}, {count} of them|Please put {count} x {article} into an order",
    {
      express: may(
        choice({ standard: ["normal shipping"], express: ["fast shipping"], pickup: ["to pick up"] }),
        "delivery|shipping",
        "How it is delivered",
        " with {} delivery| by {}",
      ),
      coupon: may(code, "coupon|voucher", "Code of a coupon", ", coupon {}| using the voucher {}"),
    },
  ),
];
