/** The passwords that are tried first, as published lists of leaked ones have them: those of eight characters or more. */

const LIST = `
0123456789 0987654321 100200300 10101010 11112222 11223344 1122334455 112233445566 12121212 123123123 123321123
12341234 12344321 1234512345 123454321 12345678 123456789 1234567890 12345678910 123456789a 123456789q 12345678a
1234567a 123456ab 123456abc 123456asd 123456qwe 12345abcde 12345qwert 1234abcd 1234qwer 123qwe123 123qweasd
13131313 147258369 159357456 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx 1qaz2wsx3edc 1qazxsw2 20202020 69696969
741852963 789456123 87654321 963852741 987654321 a1234567 a12345678 a123456789 a1b2c3d4 a1b2c3d4e5 aa123456
aa12345678 aaaabbbb abc12345 abc123456 abc123abc abcabcabc abcd1234 abcdabcd abcde12345 abcdefgh abcdefghi
access14 admin123 admin123! admin1234 admin12345 admin@123 adminadmin administrator alexander alexandra arsenal1
asd123asd asdasdasd asdf1234 asdfasdf asdfghjkl asshole1 autumn2024 autumn2025 autumn2026 azerty123 azertyuiop
babygirl babygirl1 barcelona baseball baseball1 basketball batman123 benjamin blink182 bullshit butterfly caroline
changeme changeme1 changeme123 charlie1 cheese123 chelsea1 chocolate christian computer computer1 corvette
courtney creative cristiano danielle december default1 dolphins dragon123 drowssap elephant elizabeth facebook
facebook1 february football football1 football123 forever1 fortnite1 fuckoff1 fuckyou1 fuckyou123 google123
guest123 hello123 hello1234 hellohello hunter22 ilovegod iloveyou iloveyou! iloveyou1 iloveyou2 internet internet1
january1 jennifer jessica1 jonathan jordan23 killer123 letmein! letmein1 letmein123 letmeinnow linkedin liverpool
liverpool1 login123 lovelove loveme123 loveyou1 manchester master123 maverick mercedes metallica michael1 michelle
midnight minecraft monkey123 mustang1 mypassword naruto123 newpassword nicholas nopassword nothing1 november
october1 p@ssw0rd p@ssw0rd1 p@ssw0rd123 p@ssword p@ssword1 p@ssword123 pass1234 pass12345 passw0rd passw0rd1
password password! password0 password1 password1! password12 password123 password123! password1234 password2
passwords passwort passwort1 patricia pokemon1 pokemon123 princess princess1 q1234567 q1w2e3r4 q1w2e3r4t5
q1w2e3r4t5y6 qazwsx123 qazwsxedc qwe123qwe qweasdzxc qweqweqwe qwer1234 qwerty12 qwerty123 qwerty1234 qwerty12345
qwerty123456 qwertyqwerty qwertyui qwertyuiop qwertyuiop123 qwertz123 qwertzuiop ronaldo7 root1234 rootroot
samantha samsung1 samsung123 scooter1 sebastian secret123 security security1 september shadow123 slipknot
sluice123 sluicesluice snowball spiderman spring2024 spring2025 spring2026 startrek starwars starwars1 stephanie
summer123 summer2023 summer2024 summer2025 summer2026 sunshine sunshine1 superman superman1 test1234 test12345
tester123 testing1 testing123 testtest thunder1 toor1234 trustno1 user1234 username veronica victoria victoria1
welcome1 welcome1! welcome12 welcome123 whatever whatever1 winter123 winter2023 winter2024 winter2025 winter2026
yugioh123 zaq12wsx zxcvbnm, zxcvbnm1 zxcvbnm123 zxczxczxc
`;

/** All in lower case. */
export const COMMON_PASSWORDS: ReadonlySet<string> = new Set(LIST.trim().split(/\s+/));
