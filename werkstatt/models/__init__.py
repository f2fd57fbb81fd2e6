"""What is kept, in five files: process, people, recommendation, round, record."""

from .people import Account, FailureCounter, Login, Membership, Ticket, Upload
from .process import Organiser, Process, Sector, Session, Table, Theme, Workshop
from .recommendation import Comment, Lineage, Recommendation, Step, Version
from .record import AuditEntry, ClerkLease, Deletion, Installation, Mail, Page, Period, Redaction
from .round import Annulment, Ballot, CheckCode, PaperBatch, Result, RollEntry, Round, RoundItem, UrnBallot

__all__ = [
    "Account",
    "Annulment",
    "AuditEntry",
    "Ballot",
    "CheckCode",
    "ClerkLease",
    "Comment",
    "Deletion",
    "FailureCounter",
    "Installation",
    "Lineage",
    "Login",
    "Mail",
    "Membership",
    "Organiser",
    "Page",
    "PaperBatch",
    "Period",
    "Process",
    "Recommendation",
    "Redaction",
    "Result",
    "RollEntry",
    "Round",
    "RoundItem",
    "Sector",
    "Session",
    "Step",
    "Table",
    "Theme",
    "Ticket",
    "Upload",
    "UrnBallot",
    "Version",
    "Workshop",
]
