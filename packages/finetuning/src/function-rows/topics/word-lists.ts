/** Words that generated requests are filled with. Lists of what people write in such places, in no order. */

const words = (text: string): readonly string[] => text.trim().split(/\s*\n\s*|\s*\|\s*/);

export const firstNames =
  words(`Ana | Bruno | Chen | Dilara | Emeka | Freya | Giorgio | Hana | Ivan | Jamila | Kofi | Lena | Marek | Noor
Olga | Pablo | Qi | Rosa | Samir | Tara | Umar | Vera | Wanda | Xavier | Yuki | Zoe | Alice | Ben | Clara | David | Eva | Frank
Grace | Henry | Iris | Jonas | Kate | Liam | Maria | Nina | Oscar | Peter | Ruth | Simon | Tom | Will | Zhang Wei | Li Na`);
export const lastNames =
  words(`Almeida | Bauer | Costa | Dubois | Eriksen | Fischer | Garcia | Haddad | Ito | Jansen | Kaya | Lopez | Meyer
Novak | Okafor | Petrov | Quinn | Rossi | Sato | Tanaka | Ueda | Vogel | Weber | Young | Zhao | Brown | Clark | Evans | Green | Hill`);
export const cities =
  words(`Lisbon | Porto | Madrid | Seville | Lyon | Nice | Turin | Naples | Vienna | Graz | Prague | Brno | Krakow | Gdansk
Oslo | Bergen | Malmo | Helsinki | Riga | Vilnius | Athens | Izmir | Ankara | Cairo | Tunis | Accra | Lagos | Nairobi | Durban | Mumbai
Pune | Chennai | Dhaka | Hanoi | Jakarta | Manila | Osaka | Kyoto | Busan | Taipei | Chengdu | Shenzhen | Sydney | Perth | Auckland
Denver | Austin | Boston | Seattle | Portland | Chicago | Toronto | Montreal | Lima | Quito | Bogota | Santiago | New York | San Diego
Salt Lake City | Buenos Aires | Cape Town | Kuala Lumpur | Sao Paulo | Mexico City | Los Angeles | San Francisco`);
export const regions = words(
  `CA | TX | NY | WA | FL | Bavaria | Ontario | Queensland | Tuscany | Catalonia | Punjab | Gujarat`,
);
export const countries =
  words(`Portugal | Spain | France | Italy | Austria | Poland | Norway | Sweden | Finland | Latvia | Greece | Turkey | Egypt
Ghana | Nigeria | Kenya | India | Vietnam | Japan | South Korea | Canada | Brazil | Chile | Peru | Mexico | Australia | New Zealand | Germany`);
export const languages = words(
  `English | Spanish | French | German | Italian | Portuguese | Japanese | Korean | Turkish | Arabic | Hindi | Dutch`,
);
export const currencies = words(`USD | EUR | GBP | JPY | CNY | INR | CHF | CAD | AUD | BRL | SEK | NOK`);
export const companies =
  words(`Northwind | Contoso | Fabrikam | Initech | Globex | Umbra Labs | Bluefin Foods | Redwood Energy | Apple | Siemens
Toyota | Nestle | Nokia | Samsung | Tesla | Unilever | Volvo | Intel | Sony | Adidas | Ikea | Philips | Harbor Bank | Cedar Health`);
export const foods =
  words(`lentil soup | chicken curry | apple pie | mushroom risotto | fried rice | pancakes | tomato salad | fish tacos | ramen
potato gratin | chocolate cake | vegetable stew | omelette | banana bread | pasta carbonara | green curry | dumplings | falafel`);
export const ingredients = words(
  `flour | butter | rice | tomatoes | basil | garlic | onions | chicken | tofu | eggs | milk | sugar | spinach | lentils`,
);
export const animals = words(
  `otter | red fox | snowy owl | elephant | dolphin | honey bee | wolf | tiger | panda | penguin | sea turtle | eagle`,
);
export const subjects =
  words(`linear algebra | world history | organic chemistry | machine learning | photography | music theory | economics
astronomy | creative writing | marine biology | statistics | philosophy | game design | project management`);
export const products =
  words(`wireless mouse | desk lamp | running shoes | coffee grinder | backpack | phone case | office chair | water bottle
bluetooth speaker | notebook | yoga mat | winter jacket | electric kettle | camera tripod | garden hose | leather wallet`);
export const instruments = words(
  `piano | violin | guitar | cello | flute | drums | trumpet | clarinet | saxophone | harp`,
);
export const songs = words(
  `Blue Harbor | Paper Moon | Midnight Train | Golden Hour | River Song | Silent Hills | Summer Rain | Northern Lights`,
);
export const titles =
  words(`The Old Lighthouse | A Winter in Oslo | The Glass Garden | Night Ferry | Letters from Lima | The Second Bridge
Salt and Smoke | The Quiet Engine | Maps of Dust | The Last Orchard`);
export const teams = words(
  `Lakers | Red Sox | Arsenal | Juventus | Ajax | Rangers | Tigers | Falcons | Wolves | Sharks | Bayern Munich | Real Madrid`,
);
export const sports = words(
  `football | basketball | tennis | cricket | volleyball | hockey | badminton | rugby | swimming | baseball`,
);
export const diseases = words(`asthma | migraine | diabetes | anemia | arthritis | influenza | eczema | bronchitis`);
export const elements = words(`iron | copper | gold | oxygen | carbon | silver | helium | calcium | zinc | nitrogen`);
export const reasons =
  words(`a family wedding | a dentist appointment | a bad flu | moving house | a conference | my sister's graduation
a medical check | a school meeting | a short holiday | jury duty`);
export const topicsOfNews =
  words(`climate change | electric cars | space travel | interest rates | football transfers | artificial intelligence
housing prices | renewable energy | public health | local elections | cyber security | ocean pollution`);
export const tasks =
  words(`call the plumber | buy milk | water the plants | send the report | book a table | pay the rent | renew the passport
clean the garage | prepare the slides | pick up the parcel | back up the laptop | charge the bike`);
export const messages =
  words(`The meeting moved to Monday | Dinner is at seven | Your order has shipped | See you at the station
Please bring the keys | The report is ready | I will be ten minutes late | The door code has changed`);
export const rooms = words(`kitchen | living room | bedroom | office | garage | hallway | bathroom | balcony`);
export const devices = words(`lamp | heater | fan | speaker | curtains | dishwasher | air conditioner | alarm`);
export const colors = words(
  `red | blue | green | yellow | white | black | orange | purple | brown | pink | grey | turquoise`,
);
export const cuisines = words(
  `Italian | Thai | Mexican | Indian | Japanese | Greek | Ethiopian | Lebanese | Korean | French`,
);
export const genres = words(
  `comedy | thriller | jazz | drama | science fiction | rock | documentary | fantasy | classical | mystery`,
);
export const formulas = words(`x^2 + 3 | 2x - 7 | 5x^3 | sin(x) | 4x^2 - x + 1 | ln(x) | e^x | x^3 - 2x`);
export const files = words(
  `report.pdf | budget.xlsx | notes.txt | photo.png | backup.zip | draft.docx | sales.csv | main.py | index.html`,
);
export const folders = words(
  `/home/ana/docs | /var/log | projects/alpha | /data/exports | Downloads | /srv/www | archive/2023`,
);
export const websites = words(`example.com | northwind.org | maps.example.net | shop.contoso.com | news.example.org`);
export const plates = words(`AB-1234 | XK 77 PLM | 9ZTR512 | B-LM 4021 | KA 05 MH 9912`);
export const universities = words(
  `Uppsala University | Kyoto University | the University of Porto | MIT | Stanford University | ETH Zurich`,
);
export const historic = words(
  `the French Revolution | the fall of Constantinople | the Moon landing | the Battle of Hastings | the Meiji Restoration`,
);
export const plants = words(`basil | monstera | tomato | orchid | lavender | cactus | rosemary | ficus`);
export const museums = words(
  `the Harbor Museum | the Museum of Glass | the National Gallery | the Science Hall | the Rail Museum`,
);
export const vehicles = words(`sedan | pickup truck | motorcycle | minivan | electric scooter | bus`);

/** Words without a topic, for functions and texts that nobody has a use for: a model learns to copy, not to guess. */
export const plainWords =
  words(`amber | anchor | apron | arrow | aspen | atlas | badge | barrel | basin | beacon | birch | blanket | bottle | bramble
bridge | bronze | bucket | button | cabin | candle | canvas | carpet | castle | cedar | chalk | cherry | cinder | circle | cliff | clover
cobalt | comet | copper | coral | cotton | crane | crater | cricket | crystal | curtain | dagger | delta | desert | ditch | domino | dragon
ember | engine | fabric | falcon | feather | fender | fiddle | flint | forest | fossil | fountain | galaxy | garnet | ginger | glacier
granite | gravel | hammer | harbor | hazel | helmet | hollow | honey | horizon | igloo | indigo | island | ivory | jacket | jasper | jungle
kettle | kite | ladder | lagoon | lantern | lemon | lilac | magnet | mango | maple | marble | meadow | meteor | mirror | mosaic | napkin
nectar | needle | nickel | oasis | ocean | olive | onyx | orbit | orchid | paddle | pebble | pepper | pillow | pine | planet | plaza
pocket | prism | puddle | quartz | quill | rabbit | raven | ribbon | ridge | river | rocket | saddle | saffron | sandal | sapphire | shadow
shelter | silver | socket | sparrow | spiral | spruce | summit | tablet | temple | thistle | thunder | timber | tunnel | turnip | valley
velvet | violet | walnut | whistle | willow | window | winter | wizard | zephyr | zinc`);
export const verbs =
  words(`add | apply | assign | attach | build | check | clear | collect | combine | compare | compute | count | create | describe
detect | emit | estimate | expand | extract | fetch | filter | find | format | generate | get | inspect | join | list | load | locate | look_up
make | map | match | measure | merge | move | order | pack | plan | predict | print | process | queue | rank | read | record | register | remove
render | report | resolve | run | save | scan | schedule | search | select | send | set | sort | split | start | store | submit | track | update`);
