/** The emoji of the picker: a hand-picked set with words to find them by, Spanish and English. */
export interface EmojiGroup {
  key: string;
  emoji: string[];
}

const RAW: Record<string, string> = {
  faces:
    "😀sonrisa grin|😃feliz happy|😄alegre smile|😁contento beam|😆carcajada laugh|😅alivio sweat|😂llorar de risa joy|🤣risa rofl|🙂sonrisa leve slight|😉guiño wink|😊ruborizado blush|😇ángel angel|🥰enamorado love|😍ojos de corazón heart eyes|🤩estrella star struck|😘beso kiss|😋rico yum|😜lengua tongue|🤔pensar thinking|🤨duda raised brow|😐neutral|😶sin palabras silent|🙄ojos arriba eye roll|😏pícaro smirk|😌tranquilo relieved|😔triste pensive|😴dormir sleep|😷mascarilla mask|🤒enfermo sick|🤯asombro mind blown|😎gafas cool|🤓estudioso nerd|😕confundido confused|😟preocupado worried|😮sorpresa wow|😲asombrado astonished|😳avergonzado flushed|🥺por favor pleading|😢llorar cry|😭llanto sob|😱susto scream|😓cansado sweat|😤enojo steam|😡furioso angry|🥳fiesta party|😬nervioso grimace|🤝trato handshake|👍bien like thumbs up|👎mal dislike thumbs down|👌perfecto ok|✌️paz victory|🤞suerte fingers crossed|👏aplauso clap|🙌celebrar hooray|👋hola adiós wave|🙏gracias por favor thanks pray|💪fuerza strong|☝️uno point up|👆arriba up|👇abajo down|👉derecha right|👈izquierda left|✍️escribir write",
  people:
    "❤️corazón heart love|🧡naranja orange heart|💛amarillo yellow heart|💚verde green heart|💙azul blue heart|💜morado purple heart|🖤negro black heart|🤍blanco white heart|💔roto broken heart|💕amor two hearts|💯cien hundred|✨brillo sparkles|👀ojos eyes|🙋levantar la mano raise hand|🙋‍♂️levantar la mano raise hand|🤷no sé shrug|🤦ay facepalm|👩mujer woman|👨hombre man|👶bebé baby|👵abuela grandmother|👴abuelo grandfather|👨‍👩‍👧familia family|🧑‍💻computadora laptop|👷construcción worker|🚴bicicleta bike",
  nature:
    "🐶perro dog|🐱gato cat|🐦pájaro bird|🦋mariposa butterfly|🐢tortuga turtle|🌱brote seedling|🌳árbol tree|🌴palmera palm|🌵cactus|🌹rosa rose|🌸flor blossom|🌻girasol sunflower|🍀suerte clover|☀️sol sun|🌤️nubes cloud sun|🌧️lluvia rain|⛈️tormenta storm|🌈arcoíris rainbow|❄️nieve snow|🔥fuego fire|💧gota drop|🌙luna moon|⭐estrella star|⚡rayo lightning",
  food:
    "🍎manzana apple|🍌plátano guineo banana|🍊naranja orange|🍓fresa strawberry|🥑aguacate avocado|🌽maíz choclo corn|🍞pan bread|🧀queso cheese|🍗pollo chicken|🍔hamburguesa burger|🍕pizza|🌮taco|🍚arroz rice|🍤camarón shrimp|🍦helado ice cream|🎂torta cake|🍫chocolate|☕café coffee|🍵té tea|🧃jugo juice|🍺cerveza beer|🥂brindis cheers|🍽️comida meal",
  things:
    "🛋️sofá sala sofa|🛏️cama bed|🪑silla chair|🚪puerta door|🪟ventana window|🪞espejo mirror|💡idea foco bulb|📦paquete caja package|🎁regalo gift|🛒carrito cart|🛍️compras shopping|💳tarjeta card|💵dinero money|💰dinero bag|🧾factura receipt|📱celular phone|💻computadora laptop|📷foto camera|📞llamar call|📧correo mail|📎adjunto clip|📄documento document|📅calendario calendar|📌fijar pin|✏️lápiz pencil|🔑llave key|🔧herramienta tool|🔨martillo hammer|📏medida ruler|⏰alarma alarm|⌛espera hourglass|🎉fiesta tada|🏆premio trophy|⚽fútbol football|🎵música music|🔔campana bell",
  travel:
    "🚚camión entrega truck|🚗auto carro car|🚕taxi|🚌bus|🏍️moto motorcycle|✈️avión plane|🚢barco ship|📍ubicación pin|🗺️mapa map|🏠casa house|🏡hogar home|🏢edificio office|🏪tienda store|🏦banco bank|🏥hospital|🏫escuela school|⛪iglesia church|🏖️playa beach|🏔️montaña mountain|🌋volcán volcano|🌎mundo world|🇪🇨ecuador|🇨🇴colombia|🇵🇪perú peru",
  signs:
    "✅listo check|✔️visto tick|❌no cross|❎equis cross|⚠️cuidado warning|⛔prohibido stop|🚫no no entry|❓pregunta question|❗atención exclamation|➡️siguiente right arrow|⬅️anterior left arrow|🔁repetir repeat|🔄actualizar refresh|🆗ok|🆕nuevo new|🔝arriba top|🔴rojo red|🟡amarillo yellow|🟢verde green|🔵azul blue|⚪blanco white|⚫negro black|1️⃣uno one|2️⃣dos two|3️⃣tres three|4️⃣cuatro four|5️⃣cinco five|💬mensaje message|🔗enlace link|🕐hora clock",
};

const words = new Map<string, string>();

function fold(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

function split(entry: string): string {
  const at = entry.search(/\p{L}/u);
  const cut = at === -1 ? entry.length : at;
  const emoji = entry.slice(0, cut);
  words.set(emoji, fold(entry.slice(cut)));
  return emoji;
}

export const GROUPS: EmojiGroup[] = Object.entries(RAW).map(([key, list]) => ({ key, emoji: list.split("|").map(split) }));

/** Emoji one of whose words begins with the query. */
export function searchEmoji(query: string): string[] {
  const wanted = fold(query.trim());
  if (!wanted) return [];
  return [...words].filter(([, text]) => text.split(" ").some((word) => word.startsWith(wanted))).map(([emoji]) => emoji);
}
