/** What the shop's people and things are called. All invented. */
export const words = {
  given:
    'Amara Björn Chiara Dmitri Élodie Farid Greta Hiroshi Ines Jakub Keiko Liam Mirela Nkechi Oskar Priya Quentin Rosa Søren Tariq Ulrike Vasilis Wanda Xenia Yusuf Zofia'.split(
      ' ',
    ),
  family:
    'Abernathy Bergström Castellanos Dvořák Eichhorn Fontaine Grünwald Halvorsen Ivanova Jankowski Kowalczyk Lindqvist Moretti Nakamura Okonkwo Papadopoulos Quintero Rasmussen Schwarzkopf Tanaka Underwood Valkonen Weissmann Yamaguchi Zimmermann'.split(
      ' ',
    ),
  street: [
    'Acacia Avenue',
    'Bahnhofstraße',
    'Calle de Alcalá',
    'Kungsgatan',
    'Rue de la Paix',
    'Via Garibaldi',
    'Nowy Świat',
    'Prinsengracht',
  ],
  city: 'Bergen Gdańsk Ghent Graz Lyon Malmö Porto Turin Utrecht Zürich'.split(' '),
  country: 'AT BE CH ES FR IT NL NO PL PT SE'.split(' '),
  mailHost: ['example.com', 'mail.example', 'post.example.org', 'example.net'],
  product: 'KETTLE LAMP CHAIR TENT BIKE-BELL NOTEBOOK SCARF BLENDER HEADPHONES BACKPACK'.split(' '),
  wish: ['Happy birthday, dear', 'With all my love to', 'Get well soon,', 'For our anniversary,'],
  trouble: [
    'The parcel never came to',
    'Please call me back at',
    'My account was charged twice:',
    'I moved, my new street is',
  ],
  network: ['mastodon', 'bluesky', 'forum'],
  currency: ['EUR', 'CHF', 'PLN', 'SEK'],
} as const;
