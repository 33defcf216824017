"""The words the generated population is made of: invented people, places, jobs, issuers, skills.

Words only; how they are put together is in `catalogue.py` and `populate.py`.
"""

FIRST_NAMES = (  # noqa: SIM905 # a word a line would fill pages
    "Aisha Alejandro Ama Amélie Ana Anders Aniket Anna Aoife Arjun Beatriz Ben Bilal Björn Camila "
    "Carlos Chiara Chloé Chinedu Claire Daniel Daria David Diego Ebony Elena Elif Emma Esra Ethan "
    "Fatima Felix Femi Fiona Franziska Gabriel George Grace Hana Hannah Henrik Hiroshi Hugo Imani "
    "Ines Isaac Ivan Jack Jana Jasmine Javier Jing Joanna João John Jürgen Kai Karin Kavya Keiko "
    "Kenji Kofi Lars Laura Leila Liam Lina Łukasz Lucía Luis Magdalena Malik Marek Maria Marta "
    "Mateo Maya Mei Mia Michael Miguel Mohammed Nadia Naoko Natalia Nia Nikhil Noah Nora Oksana "
    "Olga Oliver Omar Paula Pavel Pedro Priya Rachel Rafael Raj Renée Rosa Ruth Samuel Sana Sara "
    "Siobhán Sofia Stefan Sunita Susan Tariq Thandiwe Thomas Tomás Uma Valentina Victor Wei "
    "William Xavier Yara Yusuf Zainab Zoë Zuzana"
).split()
LAST_NAMES = (  # noqa: SIM905 # a word a line would fill pages
    "Abdi Adeyemi Ahmed Almeida Andersen Bailey Banerjee Bauer Becker Benali Bergström Bianchi "
    "Brown Castillo Chen Choi Clarke Cohen Costa Cruz Dąbrowski Davies Delgado Demir Diallo "
    "Dubois Dvořák Edwards Eriksen Evans Farouk Fernández Fischer Fontaine Fraser García Ghosh "
    "Gonçalves González Green Guðmundsdóttir Gupta Haddad Hall Hansen Harris Hassan Hernández "
    "Hoffmann Horvat Hughes Ibrahim Ito Ivanova Jackson Jansen Jensen Johansson Johnson Jones "
    "Kamau Kaplan Kaur Khan Kim King Kobayashi Kovács Kowalski Kumar Larsen Lee Lefèvre Lewis Li "
    "Lindqvist López Lund MacDonald Mahlangu Martin Martínez Mbeki Mehta Mendes Meyer Miller "
    "Molina Moreau Morgan Mori Mueller Murphy Nakamura Ndiaye Nguyen Nielsen Novak Nowak Nuñez "
    "O'Brien O'Connor Okafor Olsen Osei Öztürk Papadopoulos Park Patel Pereira Peterson Petrov "
    "Popescu Quinn Rahman Ramos Reid Reyes Ricci Roberts Rodríguez Rossi Roy Sánchez Sato Schmidt "
    "Schneider Sharma Silva Singh Smith Söderberg Sousa Stewart Suzuki Svensson Takahashi Tan "
    "Taylor Thompson Torres Tran Van-der-Berg Varga Vogel Wagner Walker Wang Weber White Williams "
    "Wilson Wójcik Wright Yamamoto Yang Young Zhang Zimmermann"
).split()

DEPARTMENTS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    # department: (job family, teams, position titles)
    "Engineering": (
        "Software Engineering",
        ("Platform", "Payments", "Mobile", "Web", "Developer Experience", "Search", "Identity"),
        ("Software Engineer", "Senior Software Engineer", "Staff Engineer", "Front End", "SRE"),
    ),
    "Data": (
        "Data & Analytics",
        ("Data Platform", "Analytics", "Machine Learning", "Business Intelligence"),
        ("Data Analyst", "Data Engineer", "Data Scientist", "Analytics Engineer"),
    ),
    "Information Security": (
        "Security",
        ("Security Operations", "Application Security", "Governance, Risk & Compliance"),
        ("Security Analyst", "Security Engineer", "GRC Specialist"),
    ),
    "Product": (
        "Product Management",
        ("Core Product", "Growth", "Design", "Research"),
        ("Product Manager", "Senior Product Manager", "UX Designer", "UX Researcher"),
    ),
    "Sales": (
        "Sales",
        ("Enterprise", "Mid-Market", "Public Sector", "Sales Engineering", "Partners"),
        ("Account Executive", "Account Manager", "Sales Engineer", "Sales Development Rep"),
    ),
    "Customer Success": (
        "Customer Support",
        ("Onboarding", "Support", "Professional Services"),
        ("Customer Success Manager", "Support Specialist", "Implementation Consultant"),
    ),
    "Marketing": (
        "Marketing",
        ("Brand", "Demand Generation", "Events", "Content"),
        ("Marketing Manager", "Content Strategist", "Campaign Manager"),
    ),
    "Finance": (
        "Finance & Accounting",
        ("Accounting", "FP&A", "Procurement", "Treasury"),
        ("Accountant", "Financial Analyst", "Controller", "Buyer"),
    ),
    "People": (
        "Human Resources",
        ("Talent Acquisition", "Learning & Development", "People Operations"),
        ("Recruiter", "Learning Partner", "HR Business Partner"),
    ),
    "Operations": (
        "Operations",
        ("Logistics", "Quality", "Facilities", "Field Service"),
        ("Operations Analyst", "Field Technician", "Quality Lead", "Logistics Planner"),
    ),
    "Legal": ("Legal", ("Contracts", "Privacy"), ("Counsel", "Paralegal", "Privacy Officer")),
}
DEPARTMENT_WEIGHTS = (26, 9, 5, 8, 16, 10, 5, 6, 4, 9, 2)
TITLES = frozenset(title for _, _, titles in DEPARTMENTS.values() for title in titles)
LEVELS = ("Specialist", "Manager", "Director", "Vice President")
DIVISIONS = ("Technology", "Go To Market", "Corporate", "Field")
DIVISION_OF = {
    "Engineering": "Technology",
    "Data": "Technology",
    "Information Security": "Technology",
    "Product": "Technology",
    "Sales": "Go To Market",
    "Customer Success": "Go To Market",
    "Marketing": "Go To Market",
    "Finance": "Corporate",
    "People": "Corporate",
    "Operations": "Field",
    "Legal": "Corporate",
}
REGIONS = ("Americas", "EMEA", "APAC")

PLACES = (
    # country, state or province, zip code pattern (# is a digit)
    ("United States of America", "Minnesota", "55###"),
    ("United States of America", "California", "94###"),
    ("United States of America", "Texas", "787##"),
    ("United States of America", "New York", "100##"),
    ("United States of America", "Georgia", "303##"),
    ("Canada", "Ontario", "M5V #A#"),
    ("Canada", "Québec", "H2X #B#"),
    ("United Kingdom", None, "SW1A #AA"),
    ("Germany", None, "10###"),
    ("France", None, "750##"),
    ("Brazil", None, "01310-###"),
    ("India", None, "5600##"),
    ("Japan", None, "100-####"),
    ("Ireland", None, None),
    ("Côte d'Ivoire", None, None),
)

EMPLOYER = "Meridian Holdings"
EMPLOYER_DOMAIN = "meridian.example"
ISSUERS = (
    "Northwind Academy",
    "Cloud Practice Council",
    "Ledger & Audit Institute",
    "Open Source Guild",
    "Project Craft Association",
    "Secure Systems Board",
    "Université de Montérégie",
    "Data Literacy Project",
    "Agile Ways, Inc.",
    "Tidewater Community College",
    "Instituto São Bento",
    "Human Factors Society",
)
EXTERNAL_ISSUERS = (
    "Pearson",
    "Tidewater Community College",
    "Badge Collective",
    "MOOC Campus",
    "Rhein-Main IHK",
    "Vertriebsakademie Süd",
    "City of Halifax",
    None,
)

TOPICS: dict[str, tuple[str, ...]] = {
    "Python": ("Python", "Testing", "Code Review", "Packaging"),
    "Kubernetes": ("Kubernetes", "Containers", "Linux", "Helm"),
    "Cloud Architecture": ("Cloud Computing", "Networking", "High Availability", "Cost Control"),
    "Data Engineering": ("SQL", "Data Modelling", "ETL", "Python"),
    "Machine Learning": ("Machine Learning", "Statistics", "Python", "Feature Engineering"),
    "Generative AI": ("Prompt Design", "Machine Learning", "Responsible AI"),
    "Business Intelligence": ("Data Visualization", "SQL", "Dashboards"),
    "Information Security": ("Security Awareness", "Risk Assessment", "Incident Response"),
    "Penetration Testing": ("Penetration Testing", "Networking", "Report Writing"),
    "Privacy": ("GDPR", "Data Protection", "Risk Assessment"),
    "Scrum": ("Scrum", "Agile", "Facilitation"),
    "Project Management": ("Project Management", "Planning", "Risk Management", "Budgeting"),
    "Product Discovery": ("User Research", "Product Strategy", "Prototyping"),
    "UX Design": ("UX Design", "Accessibility", "Prototyping"),
    "Negotiation": ("Negotiation", "Communication", "Sales"),
    "Consultative Selling": ("Sales", "Account Planning", "Active Listening"),
    "Leadership": ("Leadership", "Coaching", "Feedback", "Delegation"),
    "Inclusive Leadership": ("Leadership", "Inclusion", "Psychological Safety"),
    "Presenting": ("Public Speaking", "Storytelling", "Communication"),
    "Accounting": ("Accounting", "IFRS", "Financial Analysis"),
    "Audit": ("Auditing", "Internal Controls", "Accounting"),
    "Procurement": ("Procurement", "Negotiation", "Contract Law"),
    "Lean Six Sigma": ("Lean", "Six Sigma", "Process Improvement", "Statistics"),
    "First Aid": ("First Aid", "CPR"),
    "Workplace Safety": ("Workplace Safety", "Risk Assessment"),
    "Technical Writing": ("Technical Writing", "Editing", "Communication"),
    "Interviewing": ("Interviewing", "Unconscious Bias"),
    "Learning Design": ("Instructional Design", "Facilitation", "Evaluation"),
    "Customer Care": ("Customer Service", "Active Listening", "De-escalation"),
    "Linux Administration": ("Linux", "Shell Scripting", "Networking"),
    "API Design": ("API Design", "HTTP", "Documentation"),
    "Spreadsheet Mastery": ("Spreadsheets", "Data Analysis"),
    "German for Business": ("German", "Business Writing"),
    "Sustainability": ("Sustainability", "ESG Reporting"),
}
TOPIC_LEVELS = ("Fundamentals", "Practitioner", "Expert", "Instructor")
LEVEL_WEIGHTS = {
    # how often each badge of a topic is earned
    "Fundamentals": 8.0,
    "Practitioner": 5.0,
    "Expert": 1.5,
    "Instructor": 0.5,
    "Day": 5.0,
    "Professional": 3.0,
}
LEARNED: dict[str, dict[str, int]] = {
    # what a department learns, and how much of each
    "Engineering": {
        "Python": 5,
        "Kubernetes": 5,
        "Cloud Architecture": 4,
        "API Design": 3,
        "Linux Administration": 2,
    },
    "Data": {"Data Engineering": 5, "Machine Learning": 5, "Business Intelligence": 4},
    "Information Security": {"Information Security": 6, "Penetration Testing": 5},
    "Product": {"Product Discovery": 5, "UX Design": 4, "Scrum": 4},
    "Sales": {"Consultative Selling": 6, "Negotiation": 4, "Presenting": 3},
    "Customer Success": {"Customer Care": 6, "Project Management": 3, "Presenting": 2},
    "Marketing": {"Presenting": 4, "Technical Writing": 3, "Business Intelligence": 3},
    "Finance": {"Accounting": 5, "Audit": 4, "Spreadsheet Mastery": 3},
    "People": {"Interviewing": 4, "Learning Design": 4, "Inclusive Leadership": 4},
    "Operations": {"Lean Six Sigma": 5, "Workplace Safety": 5, "First Aid": 3},
    "Legal": {"Privacy": 7, "Procurement": 3},
}
LEARNED_BY_ALL = {"Information Security": 6, "Generative AI": 6, "Privacy": 3, "Presenting": 1}
LEARNED_BY_MANAGERS = {"Leadership": 5, "Inclusive Leadership": 2, "Project Management": 3}
YEARLY_TOPICS = ("Information Security", "Workplace Safety", "First Aid")
"""What has to be shown anew every year."""
NEW_TOPICS = ("Generative AI",)
"""What nobody learned until two years ago."""
RENEWING = {
    # share of the badges that end which are earned again, in departments
    "Engineering": 0.85,
    "Data": 0.8,
    "Information Security": 0.95,
    "Product": 0.55,
    "Sales": 0.45,
    "Customer Success": 0.6,
    "Marketing": 0.4,
    "Finance": 0.8,
    "People": 0.75,
    "Operations": 0.9,
    "Legal": 0.9,
}
SPELLINGS = {
    # one skill, written by people who never met
    "Machine Learning": ("machine learning", "Machine  Learning", "MACHINE LEARNING"),
    "Project Management": ("project management", "Project\u00a0Management"),
    "SQL": ("sql", "\uff33\uff31\uff2c"),  # full-width letters
    "Public Speaking": ("Public speaking", " Public Speaking "),
}
BIOS = (
    "Team-oriented leading edge capacity",
    "Learner, builder, cyclist.",
    "Helping teams ship calmly since 2009 — ask me about on-call.",
    'Says "it depends" for a living; collects badges, spoons & postcards.',
    "Línea uno\nLínea dos\tcon tabulador",
    "数据 / データ / 데이터 🚲",
)
