import { expect, it } from "vitest";
import { shortAuthors, splitListing } from "./listing.ts";

const LINE = "-".repeat(78);
const MAILING = `${LINE}
${LINE}
Submissions to:
Computation and Language
 received from  Mon  9 Dec 24 19:00:00 GMT
${LINE}
${LINE}
\\\\
arXiv:2412.00001
Date: Mon, 9 Dec 2024 13:09:04 GMT   (2038kb)

Title: A First Paper:
  with a Long Title
Authors: Ada Alpha, Ben van der Beta, Cleo Gamma (University of X, Y),
  Dora Delta
Categories: cs.CL cs.LG
Comments: 12 pages
\\\\
  We study a memory that forgets. See arXiv:2006.16236 for
the origin.

  A second paragraph.
\\\\ ( https://arxiv.org/abs/2412.00001 ,  2038kb)
${LINE}
\\\\
arXiv:2412.00002 (*cross-listing*)
Date: Mon, 9 Dec 2024 13:09:04 GMT   (20kb)

Title: A Second Paper
Authors: Eve Epsilon and Finn Zeta
Categories: cs.LG
\\\\
  Another abstract.
\\\\ ( https://arxiv.org/abs/2412.00002 ,  20kb)
${LINE}
\\\\
arXiv:2401.04658
replaced with revised version Mon, 9 Dec 2024 13:09:04 GMT   (20kb)

Title: A Third
Authors: Gus Eta
Categories: cs.LG
\\\\ ( https://arxiv.org/abs/2401.04658 ,  20kb)
`;

it("splits a mailing into papers", () => {
  const papers = splitListing(MAILING);
  expect(papers.map(({ text, ...rest }) => rest)).toEqual([
    { arxiv: "2412.00001", title: "A First Paper: with a Long Title", authors: "Alpha et al.", year: 2024 },
    { arxiv: "2412.00002", title: "A Second Paper", authors: "Epsilon and Zeta", year: 2024 },
    { arxiv: "2401.04658", title: "A Third", authors: "Eta", year: 2024 },
  ]);
  expect(papers[0]!.text).toBe(
    "arXiv:2412.00001\nTitle: A First Paper: with a Long Title\n" +
      "Authors: Ada Alpha, Ben van der Beta, Cleo Gamma (University of X, Y), Dora Delta\n\n" +
      "We study a memory that forgets. See arXiv:2006.16236 for the origin. A second paragraph.",
  );
  expect(papers[1]!.text).toMatch(/Another abstract\.$/);
});

it("splits the plain form with labels, and takes a number once", () => {
  const record =
    "arXiv:2312.00752v2\nTitle: Mamba\nAuthors: Albert Gu, Tri Dao\nAbstract: Selective\nstate spaces.\n\n";
  const papers = splitListing(record + record.replace("v2", "v1"));
  expect(papers).toHaveLength(1);
  expect(papers[0]).toMatchObject({ arxiv: "2312.00752", authors: "Gu and Dao", year: 2023 });
  expect(papers[0]!.text).toMatch(/\n\nSelective state spaces\.$/);
});

it.each([
  [
    "a paper that cites others",
    "Title\n\nAs shown before [3].\n\narXiv:2006.16236 and arXiv:2312.00752 began it.",
  ],
  ["nothing", ""],
  ["a number without a title", "arXiv:2312.00752\nAuthors: A B\n"],
])("takes %s for no listing", (_, text) => {
  expect(splitListing(text)).toEqual([]);
});

it.each([
  ["Songlin Yang, Jan Kautz, Ali Hatamizadeh", "Yang et al."],
  ["Albert Gu and Tri Dao", "Gu and Dao"],
  ["Albert Gu, Karan Goel, and Christopher Ré", "Gu et al."],
  ["Aaron van den Oord, B C, D E", "van den Oord et al."],
  ["Noam Shazeer", "Shazeer"],
  ["John Doe Jr., A B, C D", "Doe et al."],
  ["Özgür Çelik (ETH (Zürich)), A B, C D", "Çelik et al."],
])("%s → %s", (people, short) => {
  expect(shortAuthors(people)).toBe(short);
});
